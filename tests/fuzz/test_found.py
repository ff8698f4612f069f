"""What `make fuzz` found, kept."""

import pytest

from likewise.errors import UnreadableFile
from likewise.files.read import open_table


def test_names_of_columns_in_another_encoding_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    rows = "".join(f"größe {n},1\n" for n in range(9)).encode()
    path.write_bytes(b"text,gr\xf6\xdfe\n" + rows)
    with pytest.raises(UnreadableFile, match="line 1, byte 8 is 0xF6"):
        open_table(path)
