"""Labelling by hand: which text to ask for next, and the answers on disk."""
