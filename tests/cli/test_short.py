"""A short command does nothing that it needs not do."""

import gc

import click
import pytest
from click.testing import CliRunner

from likewise.cli.command import uncollected
from likewise.cli.options import reading_options
from likewise.files.formats import READ


@pytest.mark.parametrize("collects", [True, False])
def test_garbage_is_collected_again_after_a_command(collects):
    was = gc.isenabled()
    (gc.enable if collects else gc.disable)()
    try:
        with uncollected():
            assert not gc.isenabled()
        assert gc.isenabled() == collects
    finally:
        (gc.enable if was else gc.disable)()


def test_formats_are_those_of_their_table():
    @click.command()
    @reading_options
    def command(reading):
        click.echo(reading["format"])

    for name in READ:
        assert CliRunner().invoke(command, ["--input-format", name]).output == f"{name}\n"
    refused = CliRunner().invoke(command, ["--input-format", "CSV"])
    assert refused.exit_code == 2
    assert all(f"'{name}'" in refused.output for name in READ)
    assert f"[{'|'.join(READ)}]" in CliRunner().invoke(command, ["--help"]).output
