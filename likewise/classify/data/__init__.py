"""Labelled tables: columns, checks, and the moods that come with Likewise."""
