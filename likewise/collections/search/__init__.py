"""What is near to a query: by vectors, by words, and only where a filter holds."""
