"""Our own side of a copy: the contract of :mod:`registry_api.remotes` over services and the store, without HTTP.

What is written goes the way of every push: quota, immutable tags, read-only mode and the record all hold, and the one
who acts is ``system:replication``. No database connection is held while bytes go.
"""
