"""A collection in two dimensions: a picture that says where it lies."""

from likewise.maps.map import Map, make_map
from likewise.maps.of_collection import map_of

__all__ = ["Map", "make_map", "map_of"]
