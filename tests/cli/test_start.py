"""What every command has: help with examples, a fast start, one way to fail."""

import re
import shlex
import subprocess
import sys
from unittest.mock import Mock

import click
import pytest

from likewise.cli import run as run_module
from likewise.cli.run import COMMANDS, likewise
from tests.cli.conftest import COMMAND, one_sentence_error
from tests.heavy import HEAVY
from tests.panics import PanicException


def commands():
    """Every command and subcommand, as its words and itself."""
    for name in COMMANDS:
        command = likewise.get_command(click.Context(likewise), name)
        yield (name,), command
        for sub, subcommand in getattr(command, "commands", {}).items():
            yield (name, sub), subcommand


def parse(arguments):
    """Read arguments as the command line does, without running anything."""
    command, context = likewise, click.Context(likewise)
    while isinstance(command, click.Group) and arguments:
        _, command, arguments = command.resolve_command(context, list(arguments))
    command.make_context("likewise", list(arguments))


@pytest.mark.parametrize(
    ("words", "command"),
    list(commands()),
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_every_help_shows_examples_that_can_be_parsed(cli, words, command):
    ran = cli(*words, "--help")
    assert ran.code == 0
    assert ran.err == ""
    assert "Examples:\n" in ran.out
    assert any(f"likewise {words[0]}" in example for example in command.examples)
    for example in command.examples:
        assert f"  {example}\n" in ran.out
        if ours := re.search(r"\blikewise ([^|]*)", example):
            parse(shlex.split(ours[1]))


def test_help_lists_the_commands_in_order(cli):
    ran = cli("--help")
    listed = re.findall(r"^  (\w+)  ", ran.out.partition("Commands:")[2], re.MULTILINE)
    assert listed == list(COMMANDS)
    assert cli("-h").out == ran.out


def test_help_imports_nothing_heavy():
    script = (
        "import sys; from likewise.cli import main\n"
        "sys.argv = ['likewise', '--help']\n"
        "try: main()\n"
        "except SystemExit: print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    imported = set(eval(done.stdout.splitlines()[-1]))
    assert "click" in imported
    assert imported & HEAVY == set()


def test_version(cli):
    import likewise as package

    assert cli("--version").out == f"likewise {package.__version__}\n"


def test_a_misspelt_command_is_guessed(cli):
    ran = cli("compar", "a")
    assert ran.code == 2
    assert "Did you mean 'compare'?" in ran.err
    ran = cli("dance")
    assert ran.code == 2
    assert "No such command 'dance'" in ran.err


def test_a_defect_is_one_sentence_that_says_how_to_report_it(monkeypatch, capsys):
    monkeypatch.setenv("LIKEWISE_DEBUG", "")
    monkeypatch.setattr(run_module.likewise, "main", lambda *_, **__: 1 / 0)
    assert run_module.run([]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "Error: Likewise failed in a way that it should not (ZeroDivisionError: division by "
        "zero). Run it again with LIKEWISE_DEBUG=1 and report what it prints at "
        f"{run_module.ISSUES}.\n"
    )
    monkeypatch.setenv("LIKEWISE_DEBUG", "1")
    assert run_module.run([]) == 1
    assert "Traceback" in capsys.readouterr().err
    monkeypatch.setenv("LIKEWISE_DEBUG", "")
    monkeypatch.setattr(run_module.likewise, "main", Mock(side_effect=PanicException("index")))
    assert run_module.run([]) == 1
    assert "should not (PanicException: index)" in capsys.readouterr().err


def test_debug_shows_where_an_error_came_from(cli):
    ran = cli("embed", "no.csv", "-o", "x.npy", env={"LIKEWISE_DEBUG": "1"})
    assert ran.code == 4
    assert "Traceback" in ran.err
    assert ran.err.splitlines()[-1].startswith("Error: There is no file 'no.csv'.")


def test_a_wrong_setting_is_one_sentence(cli):
    ran = cli("compare", "a", "b", env={"LIKEWISE_THREADS": "many"})
    one_sentence_error(ran, 2, "LIKEWISE_THREADS can't be 'many'")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('["sk-canary"]', "should be a valid dictionary"),
        ('{"host": {"sk-canary": 1}}', "should be a valid string"),
        ('{"host": "sk-canary}', "it is not JSON"),
        ("sk-canary", "it is not JSON"),
    ],
)
def test_a_bad_setting_that_is_secret_is_named_but_not_shown(cli, value, said):
    ran = cli("compare", "a", "b", env={"LIKEWISE_REMOTE_KEYS": value})
    one_sentence_error(ran, 2, "LIKEWISE_REMOTE_KEYS can't be what it is (a secret)", said)
    assert "canary" not in ran.err


def test_a_setting_that_is_not_json(cli):
    ran = cli("compare", "a", "b", env={"LIKEWISE_ALIASES": "{a"})
    one_sentence_error(ran, 2, "LIKEWISE_ALIASES can't be '{a': it is not JSON (", "char 1")


def test_an_empty_setting_of_several_names_none(cli):
    ran = cli("compare", "a", "b", "-e", "sha256", env={"LIKEWISE_REMOTE_KEYS": ""})
    assert ran.code == 0, ran.err


def test_a_full_disk_behind_standard_output_is_one_sentence(process):
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        ran = process(
            "compare",
            "a",
            "b",
            "-e",
            "sha256",
            stdout=full,
            stderr=subprocess.PIPE,
            capture_output=False,
        )
    assert ran.code == 4
    assert ran.err.splitlines()[-1].startswith("Error: 'standard output' can't be written")


TABLE = "text,label\n" + "".join(f"text {i},{'ab'[i % 2]}\n" for i in range(20))


@pytest.fixture
def closed(tmp_path, monkeypatch, capsys):
    """Return a function that runs a command where Python found standard output closed."""

    def run(*arguments):
        (tmp_path / "texts.csv").write_text(TABLE)
        monkeypatch.chdir(tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", None)
            code = run_module.run(list(arguments))
        return code, capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    "arguments",
    [
        "compare a b -e sha256",
        "compare a b -e sha256 --json",
        "doctor",
        "doctor --json",
        "models",
        "models list --json",
        "embed texts.csv -e sha256",
        "train texts.csv -o m.likewise",
        "train texts.csv -o m.likewise -e sha256 --quick --json",
    ],
)
def test_a_closed_standard_output_is_one_sentence(tmp_path, closed, arguments):
    code, err = closed(*arguments.split())
    assert code == 4
    assert err.splitlines()[-1].startswith("Error: Standard output is closed. ")
    assert not (tmp_path / "m.likewise").exists()


def test_a_command_that_prints_nothing_needs_no_standard_output(tmp_path, closed):
    code, err = closed("train", "texts.csv", "-o", "m.likewise", "-e", "sha256", "--quick")
    assert code == 0, err
    assert (tmp_path / "m.likewise").is_file()


@pytest.mark.parametrize("arguments", [("compare", "a", "b", "--json"), ("embed", "-")])
def test_a_reader_that_has_enough_is_no_error(cli, tmp_path, arguments):
    texts = "\n".join(f"text {i}" for i in range(20_000)).encode() if "-" in arguments else b""
    pipeline = subprocess.Popen(
        [*COMMAND, *arguments, "-e", "sha256"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    pipeline.stdout.close()
    _, err = pipeline.communicate(texts, timeout=60)
    assert b"Traceback" not in err
    assert b"Exception ignored" not in err
    assert b"Error" not in err


def test_characters_that_the_output_lacks_do_not_fail(process):
    ran = process("compare", "cm", "寸法", "-e", "sha256", env={"PYTHONIOENCODING": "latin-1"})
    assert ran.code == 0
    assert "\\u5bf8\\u6cd5" in ran.out


def test_closed_streams_are_no_defect(tmp_path):
    for closed, code in (("<&-", 4), (">&-", 4), ("2>&-", 0)):
        source = "-" if closed == "<&-" else "a b"
        done = subprocess.run(
            ["sh", "-c", f"'{sys.executable}' -m likewise compare -e sha256 {source} {closed}"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
        )
        assert done.returncode == code, (closed, done.stderr)
        assert "Traceback" not in done.stderr
        assert ("Standard output is closed." in done.stderr) == (closed == ">&-")


def test_an_import_that_ctrl_c_ended_is_a_stop_and_not_a_defect(monkeypatch, capsys):
    def ended(name):
        raise ImportError("initialization failed")

    monkeypatch.setattr(run_module, "import_module", ended)
    assert run_module.run(["compare", "a"], stops=[2]) == 130
    assert capsys.readouterr().err == ""
    assert run_module.run(["compare", "a"]) == 1
    assert "ImportError: initialization failed" in capsys.readouterr().err
