"""What `make fuzz` found, kept."""

from pathlib import Path

import pytest

import likewise
from likewise.errors import LikewiseError, UnreadableFile
from likewise.files.read import open_table


def test_names_of_columns_in_another_encoding_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    rows = "".join(f"größe {n},1\n" for n in range(9)).encode()
    path.write_bytes(b"text,gr\xf6\xdfe\n" + rows)
    with pytest.raises(UnreadableFile, match="line 1, byte 8 is 0xF6"):
        open_table(path)


@pytest.mark.parametrize("name", ["/", "/proc", "/sys", "/usr"])
def test_a_folder_of_any_size_is_no_model_at_once(name, monkeypatch):
    looked_at = []
    real = Path.stat
    monkeypatch.setattr(Path, "stat", lambda path, **o: looked_at.append(path) or real(path, **o))
    with pytest.raises(LikewiseError):
        likewise.load(name)
    assert len(looked_at) < 10_000


def test_what_is_nested_deeply_beside_wrong_bytes_and_nan_is_no_json(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"[" * 2_000 + b"\xff\n[]\n" + b'["NaN"]')
    with pytest.raises(UnreadableFile):
        open_table(tmp_path / "t.csv")


@pytest.mark.parametrize("text", ["[" * 1_000, "[" * 2_000, '{"a":' * 1_100])
def test_what_is_nested_too_deeply_is_called_so(tmp_path, text):
    path = tmp_path / "t.json"
    path.write_text(text)
    with pytest.raises(UnreadableFile, match="nested too deeply"):
        open_table(path)
