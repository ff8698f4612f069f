"""A short command does nothing that it needs not do."""

import atexit
import gc
import signal

import click
import pytest
from click.testing import CliRunner

from likewise.cli import main
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


def test_a_process_that_goes_on_still_collects_its_garbage(monkeypatch, capsys):
    at_its_end = []
    monkeypatch.setattr(atexit, "register", at_its_end.append)
    monkeypatch.setattr("sys.argv", ["likewise", "--version"])
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    frozen = gc.get_freeze_count()
    try:
        with pytest.raises(SystemExit):
            main()
        assert gc.get_freeze_count() == frozen
    finally:
        for number, handler in handlers.items():
            if signal.getsignal(number) is not handler:
                signal.signal(number, handler)
    assert at_its_end == [gc.freeze]
    assert capsys.readouterr().out.startswith("likewise ")


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
