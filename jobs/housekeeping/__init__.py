"""Small regular work that keeps the tables short: folding, expiring, sweeping."""
