"""A dataset with vectors that lasts: add, search, find duplicates, take out."""

from likewise.collections.collection import Collection

__all__ = ["Collection"]
