"""The computation from tokens to vectors, one file for each family of models."""
