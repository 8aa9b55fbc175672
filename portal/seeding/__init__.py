"""Rows and bytes to look at and to measure with: a small demonstration, or as many rows as one asks for."""
