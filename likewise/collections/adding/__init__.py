"""How texts come into a collection: from tables, pipes and folders, each text once."""
