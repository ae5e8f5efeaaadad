"""The page: one self-contained file of one or several results, made from them alone."""
