"""What docs/explore.md shows is run, one command after the other, and prints what stands there."""

import csv
import re
import shlex

import pytest

from tests.docs.test_readme import NUMBER, ROOT, words

PAGE = (ROOT / "docs" / "explore.md").read_text(encoding="utf-8")
STEPS = [
    step
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for step in re.findall(r"\$ likewise (.*)\n((?:(?!\$ ).*\n)*)", block)
]


def lines(output):
    """Return the words; another precision may move a similarity and what it means a little."""
    return [re.sub(r"[<>]?\d+ %", "# %", line) for line in words(output)]


@pytest.fixture
def folder(tmp_path):
    [table] = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "notes.csv").write_text(table, encoding="utf-8")
    return tmp_path


def test_every_command_prints_what_stands_there(folder, cli):
    assert len(STEPS) == 8
    for arguments, printed in STEPS:
        own = {"LIKEWISE_COLLECTIONS": str(folder / "collections")}
        done = cli(*shlex.split(arguments), env=own)
        assert done.code == 0, done.err
        if not printed:
            continue
        said = lines(done.out + done.err)
        for line in lines(printed):
            assert line in said, f"likewise {arguments}"
        every = [float(number) for number in NUMBER.findall(done.out)]
        theirs = [float(number) for number in NUMBER.findall(printed)]
        assert every[: len(theirs)] == pytest.approx(theirs, abs=0.01)
    with (folder / "kept.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 8


def test_the_library_example_is_true(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    [code] = re.findall(r"```python\n(import likewise.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(code, "explore.md", "exec"), names)
    notes = names["notes"]
    assert notes.texts() == ["boil an egg", "bake rye bread"]
    assert notes.vectors.shape == (2, 384)
    drawn = names["drawn"]
    assert drawn.points.shape == (2, 2)
    assert drawn.share_kept == 1
    lines = [line for line in code.splitlines() if "# '" in line]
    assert len(lines) == 1


def test_what_it_links_to_is_there():
    for target in re.findall(r"\]\(([^)#:]+)\)", PAGE):
        assert (ROOT / "docs" / target).resolve().exists(), target
