"""What a person writes: the schema of a config, its loading, people's units, messages about what is wrong.

Read ``schema`` for the keys, ``checks`` for what must hold between them, ``load`` for the way there.
"""
