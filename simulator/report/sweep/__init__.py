"""A sweep shown: its result, its files, its tables, its charts and its page."""
