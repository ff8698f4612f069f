"""The files beside an ONNX file in which it keeps large tensors: a part of what the model is.

Source: onnx/onnx, onnx.proto (TensorProto.external_data): each such tensor has an entry whose key
is `location` and whose value is a path, relative to the file.
"""

from mmap import ACCESS_READ, mmap
from pathlib import Path, PurePosixPath

from likewise.encoders.local.modules import is_inside
from likewise.encoders.local.schema import missing, unsupported
from likewise.errors import shown

_LOCATION = b"\x0a\x08location\x12"
"""How such an entry begins: its key, then the mark of its value."""


def tensor_files(folder: Path, file: str) -> list[str]:
    """Return the files, inside `folder`, in which an ONNX file says that it keeps large tensors.

    Raises:
        WeightsMissing: one is not there.
        UnsupportedModel: one lies outside of the folder of the file.
    """
    found = named_tensor_files(folder, file)
    for name in found:
        if not (folder / name).is_file():
            raise missing(folder, name, file)
    return found


def named_tensor_files(folder: Path, file: str) -> list[str]:
    """Return the same, whether they are there or not; see `tensor_files`."""
    named = set()
    with (folder / file).open("rb") as opened:
        if not (folder / file).stat().st_size:
            return []
        with mmap(opened.fileno(), 0, access=ACCESS_READ) as content:
            place = content.find(_LOCATION)
            while place >= 0:
                named.add(_text_at(content, place + len(_LOCATION)))
                place = content.find(_LOCATION, place + 1)
    beside = PurePosixPath(file).parent
    found = []
    for name in sorted(named):
        if not is_inside(name):
            raise unsupported(folder, f"{file} keeps tensors outside of its folder: {shown(name)}")
        found.append((beside / name).as_posix())
    return found


def _text_at(content: mmap, place: int) -> str:
    """Return the text whose length, in groups of seven bits, stands before it."""
    length = shift = 0
    while True:
        group = content[place] if place < len(content) else 0
        place += 1
        length |= (group & 0x7F) << shift
        shift += 7
        if group < 0x80 or shift > 28:
            return content[place : place + length].decode("utf-8", "replace")
