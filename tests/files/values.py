"""What is in a table, for tests that read one."""

from likewise.files.table import Table


def values(table: Table) -> list[tuple]:
    """Return the cells of all rows."""
    return [row.values for row in table.rows()]
