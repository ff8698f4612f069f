"""How a file says that it is a map which Likewise has drawn, and can draw again."""

MADE_BY = "A map by Likewise"
