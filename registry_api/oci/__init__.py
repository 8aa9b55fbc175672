"""The registry's protocol as pure Python: names, digests, scopes, manifests, ranges and errors. Knows no Django."""
