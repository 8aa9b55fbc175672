"""One process tree: starts the product's processes, restarts dead ones, stops all of them in time."""
