"""`likewise compare`."""

import json

import pytest

import likewise
from tests.cli.conftest import one_sentence_error

CATS = ("I love my cat.", "My cat is dear to me.", "cat prints a file.")


def test_a_table_that_marks_the_most_similar(cli, minilm):
    ran = cli("compare", *CATS)
    expected = likewise.compare(CATS, minilm)
    lines = ran.out.splitlines()
    assert ran.code == 0
    assert lines[0].split() == ["similarity", "like", "closer", "than", "text"]
    assert lines[1].split() == ["first", *CATS[0].split()]
    assert lines[2].split()[:2] == ["★", f"{expected.similarities[1]:.4f}"]
    assert lines[2].endswith("same meaning        >99 %  My cat is dear to me.")
    assert lines[3].split()[0] == f"{expected.similarities[2]:.4f}"
    assert lines[2].count("█") == int(expected.similarities[1] * 20)
    assert ran.err.startswith("similarity: cosine by minilm; like: strangers below 0.")


def test_json_is_what_the_library_says(cli, minilm):
    said = json.loads(cli("compare", *CATS, "--json").out)
    expected = json.loads(json.dumps(likewise.compare(CATS, minilm).to_dict()))
    assert said["best"] == [1]
    assert said["encoder"] == expected["encoder"]
    assert said["background"] == expected["background"]
    assert [text["similarity"] for text in said["texts"]] == pytest.approx(
        [text["similarity"] for text in expected["texts"]], abs=1e-4
    )


@pytest.mark.parametrize("how", ["arguments", "file", "pipe", "dash", "csv", "first and file"])
def test_texts_come_from_anywhere(cli, tmp_path, how):
    (tmp_path / "t.txt").write_bytes("\n".join(CATS).encode() + b"\r\n")
    (tmp_path / "t.csv").write_text("n,text\n" + "".join(f'1,"{text}"\n' for text in CATS))
    arguments = {
        "arguments": CATS,
        "file": ("-f", "t.txt"),
        "pipe": ("--file", "-"),
        "dash": ("-",),
        "csv": ("-f", "t.csv", "--text-column", "text"),
        "first and file": (CATS[0], "-f", "rest.txt"),
    }[how]
    (tmp_path / "rest.txt").write_text("\n".join(CATS[1:]))
    ran = cli("compare", *arguments, "-e", "sha256", "--json", stdin="\n".join(CATS))
    said = json.loads(ran.out)
    assert [text["text"] for text in said["texts"]] == list(CATS)
    assert said["encoder"]["name"] == "sha256"


def test_all_that_tie_are_marked_and_brackets_are_text(cli):
    ran = cli("compare", "x", "[bold]y[/bold]", "x", "x", "-e", "sha256")
    marked = [line.split()[-1] for line in ran.out.splitlines() if line.startswith("★")]
    assert marked == ["x", "x"]
    assert "[bold]y[/bold]" in ran.out


def test_a_text_that_was_cut_off_says_so(cli):
    ran = cli("compare", "short", "many " * 400)
    assert "short\n" in ran.out
    assert ran.out.splitlines()[-1].endswith("[cut off]")


def test_control_characters_never_reach_the_terminal(cli):
    ran = cli("compare", "a\x1b[31mred", "b\u202eevil", "-e", "sha256")
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out


def test_nothing_to_compare(cli):
    one_sentence_error(cli("compare"), 2, "There are no texts to compare.", "Give at least one")
    one_sentence_error(cli("compare", "a", "  "), 2, "Text 2 is blank")
    one_sentence_error(cli("compare", "-"), 4, "Standard input is empty")


def test_an_unknown_encoder(cli):
    ran = cli("compare", "a", "b", "-e", "nosuch")
    one_sentence_error(ran, 3, "no encoder named 'nosuch'", "minilm, sha256")


def test_what_the_model_does_not_know_is_said(cli):
    ran = cli("compare", "🙂", "😡", "A cat sleeps.")
    lines = ran.out.splitlines()
    assert lines[1].endswith("🙂 [1 of 3 tokens unknown]")
    assert lines[2].endswith("😡 [1 of 3 tokens unknown]")
    assert "unknown" not in lines[3]
    assert "2 of 3 texts have tokens that minilm does not know, 2 of 6" in ran.err
    said = json.loads(cli("compare", "🙂", "A cat sleeps.", "--json").out)
    assert [text["unknown"] for text in said["texts"]] == [1, 0]
    assert "does not know" not in cli("compare", *CATS).err
