"""The commands of the README are run, and what they print is what stands there."""

import csv
import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")

TICKETS = """id;Subject;Team
1;I was billed twice, please refund;billing
2;The app crashes when I open the map;bugs
3;The receipt has the wrong VAT number;billing
4;Screen stays black after the update;bugs
5;Why was my card charged in March?;billing
6;Upload freezes at 99 percent;bugs
"""
"""What a newcomer may have: a spreadsheet's table, with columns of their own names."""

NOTES = (
    ("git reset takes back the last commit", 2021),
    ("Boil the eggs for seven minutes", 2022),
    ("Boil the eggs for seven minutes", 2023),
    ("The train to Lyon leaves at nine", 2019),
)

TRAINED = README.partition("$ likewise train")[2].partition("```")[0]
BLOCKS = re.findall(r"```console\n\$ likewise (.*?)\n(.*?)```", README, re.DOTALL)
NUMBER = re.compile(r"-?\d+\.\d+")
BAR = re.compile(r"[▏▎▍▌▋▊▉█]+")


def words(output: str) -> list[str]:
    """Return what stands on the lines without numbers, bars and runs of spaces."""
    return [" ".join(NUMBER.sub("#", BAR.sub("", line)).split()) for line in output.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        block
        for block in BLOCKS
        if block[1] and not block[0].startswith("train") and not block[1].startswith("$")
    ],
    ids=lambda text: text[:30],
)
def test_commands_print_what_stands_there(arguments, printed, process):
    done = process(*shlex.split(arguments))
    assert done.code == 0, done.err
    said = done.out + done.err
    assert words(said) == words(printed)
    # another processor computes in another precision, so the last digits may differ
    ours, theirs = ([float(n) for n in NUMBER.findall(text)] for text in (said, printed))
    assert ours == pytest.approx(theirs, abs=0.01, rel=0.01)


def test_there_are_such_commands():
    assert len([block for block in BLOCKS if block[1]]) >= 2


def test_a_command_with_a_file_does_what_it_says(tmp_path, cli):
    (tmp_path / "reviews.csv").write_text("text,stars\nGood soup.,5\nCold soup.,1\n")
    [arguments] = [args for args, printed in BLOCKS if args.startswith("embed") and not printed]
    assert cli(*shlex.split(arguments)).code == 0
    import pyarrow.parquet

    assert pyarrow.parquet.read_table(tmp_path / "reviews.parquet").num_rows == 2


def test_a_newcomer_explores_notes(tmp_path, cli):
    rows = ["body,year", *(f"{text},{year}" for text, year in NOTES)]
    (tmp_path / "notes.csv").write_text("\n".join(rows), encoding="utf-8")
    [block] = re.findall(r"```console\n(\$ likewise add notes.csv .*?)```", README, re.DOTALL)
    lines = [shlex.split(line.removeprefix("$ likewise ")) for line in block.splitlines()]
    said = [cli(*line) for line in lines]
    assert {done.code for done in said} == {0}, said
    found = [line for line in said[1].out.splitlines() if "reset" in line or "eggs" in line]
    assert "reset" in found[0]
    kept = (tmp_path / "kept.csv").read_text(encoding="utf-8")
    assert kept.count("Boil the eggs") == 1


def test_a_newcomer_goes_from_a_table_to_predictions(tmp_path, cli):
    (tmp_path / "tickets.csv").write_text(TICKETS, encoding="utf-8")
    new = "id;Subject\n7;You took the money twice\n8;It crashes all the time\n9;\n"
    (tmp_path / "new-tickets.csv").write_text(new, encoding="utf-8")
    [block] = re.findall(r"```console\n(\$ likewise train tickets.csv .*?)```", README, re.DOTALL)
    for line in block.splitlines():
        done = cli(*shlex.split(line.removeprefix("$ likewise ")))
        assert done.code == 0, done.err
    with (tmp_path / "predicted.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))  # as the table of the texts has it
    assert [(row["id"], row["label"]) for row in rows] == [
        ("7", "billing"),
        ("8", "bugs"),
        ("9", ""),
    ]
    assert (tmp_path / "team.html").stat().st_size > 1_000


def test_training_on_the_moods_prints_the_table_that_stands_there(cli):
    done = cli("train", ROOT / "likewise/classify/data/moods.csv", "-o", "mood.likewise")
    assert done.code == 0, done.err
    asked = cli("predict", "mood.likewise", "-", stdin="We finally won the cup!\n")
    predicted = asked.out.splitlines()
    header, theirs = TRAINED.rstrip().splitlines()[-2:]
    assert predicted[0] == header
    ours, printed = (line.split(",") for line in (predicted[1], theirs))
    assert ours[:2] == printed[:2]
    assert float(ours[2]) == pytest.approx(float(printed[2]), abs=0.03)
    entries = [line for line in TRAINED.splitlines() if " %" in line]
    assert len(entries) == 6
    said = {name(line): line for line in done.out.splitlines() if " %" in line}
    for entry in entries:
        ours, theirs = (
            [float(n) for n in NUMBER.findall(text)] for text in (said[name(entry)], entry)
        )
        # right: within three texts of a hundred; another precision moves a few of 320
        assert ours[0] == pytest.approx(theirs[0], abs=3)


def name(entry: str) -> str:
    """Return the model that a line of the table is about."""
    return re.match(r"[★ ]*(.*?)\s{2,}", entry)[1]


def test_the_library_example_is_true():
    [code] = re.findall(r"```python\n(import likewise.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)
    comparison, encoding = names["comparison"], names["encoding"]
    assert comparison.best == [1]
    said = [float(n) for n in re.search(r"float32: (.*)", code)[1].split(",")]
    assert comparison.similarities.tolist() == pytest.approx(said, abs=0.01)
    assert encoding.vectors.shape == (2, 384)


def test_what_it_links_to_is_there():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
