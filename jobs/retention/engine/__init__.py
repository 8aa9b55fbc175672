"""What rules keep, as pure Python: no rows, no clock, no Django. Times are given in seconds since the epoch."""
