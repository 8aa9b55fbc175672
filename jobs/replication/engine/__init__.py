"""How artifacts get from one registry to another, whichever two they are."""
