"""Labelled texts to a model that a person can trust and use."""
