"""What the registry's rooms and pages say with: sizes, digests, labels."""
