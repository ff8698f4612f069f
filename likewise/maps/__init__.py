"""Vectors in two dimensions: a picture that says where it lies."""

from likewise.maps.map import Map, make_map

__all__ = ["Map", "make_map"]
