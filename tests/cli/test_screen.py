"""No command lets a text, a file's name or a file's content give orders to a terminal."""

import csv
import io
import json
import re
import sys
import unicodedata

import pytest

from likewise.cli.run import COMMANDS
from likewise.cli.screen import Screen, safe, safe_json
from tests.cli.test_train import MOODS

ORDERS = "\x1b]0;PWNED\x07\x1b[6n\x9b31m\u202e\u2066\x7f\r\x08"
EVIL = f"evil{ORDERS}end"
NAME = EVIL.replace("\r", "")
OWN = re.compile(r"\x1b\[(\?25[lh]|[0-9;]*m|[12]?K|1A|0?J)")
"""What rich and click send themselves: colours, and a bar that is drawn anew."""
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def evil(tmp_path):
    """A folder whose files are evil by name and by content."""
    rows = [(f"{text} {EVIL}", f"{mood}{EVIL}") for text, mood in MOODS]
    with (tmp_path / f"{NAME}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([(f"text{EVIL}", "label"), *rows])
    lines = [json.dumps({"text": text, "label": label}) for text, label in rows]
    (tmp_path / f"{NAME}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "damaged.likewise").write_text(ORDERS)
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "config.json").write_text(json.dumps({"model_type": EVIL}))
    return tmp_path


COMMAND_LINES = {
    "compare": [
        ("compare", EVIL, f"b {EVIL}", "-e", "sha256"),
        ("compare", EVIL, f"b {EVIL}", "-e", "sha256", "--json"),
        ("compare", "-f", f"{NAME}.csv", "-e", "sha256"),
        ("compare", "a", "b", "-e", f"./{NAME}"),
        ("compare", "a", "b", "-e", EVIL),
        ("compare", f"--{NAME}", "b"),
        ("compare", "-f", f"{NAME}.nothing"),
    ],
    "look": [("look", f"{NAME}.csv"), ("look", f"{NAME}.jsonl"), ("look", f"{NAME}.gone")],
    "embed": [
        ("embed", f"{NAME}.csv", "-e", "sha256", "--output-format", "csv"),
        ("embed", f"{NAME}.jsonl", "-e", "sha256", "--output-format", "jsonl"),
        ("embed", f"{NAME}.csv", "-e", "sha256", "-o", f"{NAME}.parquet"),
        ("embed", f"{NAME}.csv", "-e", "sha256", "--text", EVIL, "-o", "x.npy"),
    ],
    "train": [
        ("train", f"{NAME}.csv", "-e", "sha256", "-o", f"{NAME}.likewise"),
        ("train", f"{NAME}.csv", "-e", "sha256", "-o", "m.likewise", "--quick", "--json"),
        ("train", f"{NAME}.csv", "-o", "m.likewise", "--label", EVIL),
    ],
    "predict": [
        ("predict", "m.likewise", f"{NAME}.csv"),
        ("predict", "m.likewise", f"{NAME}.jsonl", "--output-format", "jsonl", "--explain"),
        ("predict", "m.likewise", f"{NAME}.csv", "-o", f"{NAME}-2.csv"),
        ("predict", "damaged.likewise", f"{NAME}.csv"),
        ("predict", f"{NAME}.gone", f"{NAME}.csv"),
    ],
    "export": [
        ("export", "m.likewise", "--onnx", "-o", f"{NAME}.onnx"),
        ("export", "damaged.likewise", "--sklearn"),
    ],
    "label": [("label", f"{NAME}.csv", "-o", "l.csv", "-e", "sha256")],
    "serve": [("serve", "-e", EVIL), ("serve", "--host", EVIL), ("serve", "--rate-requests", EVIL)],
    "play": [("play", "--host", EVIL)],
    "models": [("models", "fetch", EVIL), ("models", "verify", EVIL), ("models",)],
    "doctor": [("doctor",)],
    "add": [
        ("add", f"{NAME}.jsonl", "-c", f"./{NAME}-c", "-e", "sha256"),
        ("add", f"{NAME}.jsonl", "-c", EVIL, "-e", "sha256"),
    ],
    "search": [
        ("search", EVIL, "-c", f"./{NAME}-c"),
        ("search", EVIL, "-c", f"./{NAME}-c", "--json"),
        ("search", "x", "-c", f"./{NAME}-c", "--filter", f"`{EVIL}` = 1"),
        ("search", "x", "-c", EVIL),
    ],
    "duplicates": [
        ("duplicates", "-c", f"./{NAME}-c", "--cosine", "0.01", "-o", f"{NAME}-d.csv"),
        ("duplicates", "-c", EVIL),
    ],
    "collections": [
        ("collections",),
        ("collections", EVIL),
        ("collections", "compare", f"./{NAME}-c", f"./{NAME}-c"),
        ("collections", "verify", f"./{NAME}-c"),
    ],
    "map": [
        ("map", "-c", f"./{NAME}-c", "--layout", "pca", "--svg", f"{NAME}.svg", "--title", EVIL),
        ("map", "-c", EVIL),
    ],
    "scale": [
        ("scale", "plan", f"{NAME}.jsonl", f"{NAME}-out", "-e", "sha256"),
        ("scale", "plan", f"{NAME}.gone", "gone-out", "-e", "sha256"),
        ("scale", "embed", f"{NAME}-out"),
        ("scale", "status", f"{NAME}-out"),
        ("scale", "verify", EVIL),
    ],
    "open": [("open", f"{NAME}-out"), ("open", EVIL)],
}  # fmt: skip
"""Each after what it needs: `predict` after `train`, `search` after `add`."""


def is_harmless(said: str) -> bool:
    return not FORBIDDEN.search(OWN.sub("", said).replace("\r\n", "\n"))


@pytest.mark.parametrize("terminal", [True, False])
def test_no_command_passes_orders_on(cli, evil, terminal):
    env = {
        "LIKEWISE_COLLECTIONS": str(evil / "kept"),
        "LIKEWISE_CACHE": str(evil / "cache"),
        "TERM": "xterm",
        "COLUMNS": "100",
    }
    for command, lines in COMMAND_LINES.items():
        for arguments in lines:
            typed = f"good{EVIL}\n-\n1\n.\n" if command == "label" else ""
            ran = cli(*arguments, env=env, terminal=terminal, stdin=typed)
            assert is_harmless(ran.err), (arguments, ran.err)
            assert "should not" not in ran.err, (arguments, ran.err)
            if terminal:
                assert is_harmless(ran.out), (arguments, ran.out)


def test_every_command_is_tried():
    assert set(COMMAND_LINES) == set(COMMANDS)


def test_every_character_that_drives_a_terminal_is_made_safe():
    for point in range(sys.maxunicode + 1):
        char = chr(point)
        orders = unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") and char not in "\n\t"
        turns = unicodedata.bidirectional(char) in (
            "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"
        )  # fmt: skip
        assert (safe(char) != char) or not (orders or turns), hex(point)
    for kept in ("שלום", "مرحبا", "🐈\u200d⬛", "می\u200cخواهم", "a\tb\n", "\u00a0", "e\u0301"):
        assert safe(kept) == kept


def test_json_says_the_same():
    value = {"text": EVIL + "\ud83d\ude00"[:0] + "😀\u2028\U000e0041"}
    said = safe_json(json.dumps(value, ensure_ascii=False))
    assert is_harmless(said)
    assert json.loads(said) == value


def test_bytes_come_in_any_parts():
    data = "a,ü\x9b\r\n\u202eb\rc\r\n".encode()
    for size in range(1, len(data) + 1):
        shown = io.BytesIO()
        screen = Screen(shown, json=False)
        for start in range(0, len(data), size):
            screen.write(data[start : start + size])
        screen.flush()
        assert shown.getvalue().decode() == "a,ü·\n·b·c\n"
