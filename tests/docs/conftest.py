"""Commands of the documents are run as those of `tests/cli`."""

from tests.cli.conftest import cli, process

__all__ = ["cli", "process"]
