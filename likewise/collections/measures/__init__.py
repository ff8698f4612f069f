"""What is true of a whole collection: duplicates, what fewer dimensions lose, two encoders."""
