"""The client for other registries: addresses that may be reached, HTTP, tokens, and one adapter for each kind."""
