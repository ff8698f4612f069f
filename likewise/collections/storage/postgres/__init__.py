"""Collections in PostgreSQL with pgvector, for many users: `pip install likewise[postgres]`."""
