"""REST views about the installation as a whole."""
