"""/api/collections: the user's own texts, searched, mapped, selected and taken out again."""
