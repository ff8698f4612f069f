"""Where a collection lies: files in a folder, or PostgreSQL; every change whole or not at all."""
