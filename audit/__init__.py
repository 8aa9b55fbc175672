"""The append-only record of who did what. It knows no other app; every other app writes to it."""

from audit.recording import leave_out, record

__all__ = ["leave_out", "record"]
