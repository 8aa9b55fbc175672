"""What an administrator sets while the product runs: Harbor's configuration items, kept in the database.

``configured("read_only")`` (in ``present``) is the value of one: what the environment says, else what was set, else the
default. ``table`` has them all; the settings read it too, so nothing here imports a model.
"""
