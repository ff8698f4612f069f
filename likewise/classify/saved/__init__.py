"""A trained model as a file: what stands in it, how it is written, and checked when it is read."""
