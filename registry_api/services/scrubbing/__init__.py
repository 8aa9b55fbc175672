"""Whether the store holds what the database says: each stored byte is read again, at a limited rate.

It reports and repairs nothing. What is damaged can be pushed again; the bytes are then replaced. What lies in the store
without anybody knowing of it is reported as well, and where that is wanted handed over to garbage collection.
"""

from registry_api.services.scrubbing.reading import Options, Report, scrub

__all__ = ["Options", "Report", "scrub"]
