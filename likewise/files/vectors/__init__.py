"""Texts with their vectors: columns, shards to go on with, and the files made of them."""
