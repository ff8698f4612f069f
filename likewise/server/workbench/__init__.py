"""/api: what the page plays with."""
