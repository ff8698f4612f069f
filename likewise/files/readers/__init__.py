"""One reader for each format that says by itself where its cells end."""
