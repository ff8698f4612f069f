"""Collections in a real PostgreSQL: the tests of those in files, and what is its own.

make test-postgres
"""
