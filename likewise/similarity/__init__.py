"""From vectors to meaning: how alike texts are, and what the number says."""

from likewise.similarity.compare import Comparison, compare
from likewise.similarity.cosine import cosine_matrix
from likewise.similarity.search import FlatIndex, Neighbours, top_k

__all__ = ["Comparison", "FlatIndex", "Neighbours", "compare", "cosine_matrix", "top_k"]
