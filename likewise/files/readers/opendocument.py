"""Makes .ods files plain for the reader of spreadsheets, python-calamine.

It takes the indents of a file, such as Gnumeric's, for cells that it does not know, and leaves line
breaks and tabs within a paragraph out, so that two words become one. OpenDocument 1.3, part 3:
space outside of paragraphs is nothing (6.1.2), `text:line-break` and `text:tab` are characters
(6.1.4, 6.1.5).
"""

import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO, cast

_CONTENT = "content.xml"
_IN_MEMORY = 16_000_000

_INDENT = re.compile(rb">[ \t\r\n]+(?=</?table:)")
"""Space before a tag of tables, which stand in no paragraph."""

_BREAK = re.compile(
    rb"<text:(line-break|tab)(?=[ \t\r\n/>])[^<>]*(?<=/)>|<text:(line-break|tab)></text:\2>"
)


@contextmanager
def plain(file: BinaryIO) -> Iterator[BinaryIO]:
    """Give a workbook as the reader understands it: the file itself, or a copy that is then gone.

    Args:
        file: any spreadsheet; how much it unfolds into must have been checked.
    """
    file.seek(0)
    raw = _content(file)
    made = _INDENT.sub(b">", _BREAK.sub(_character, raw))
    file.seek(0)
    if made == raw:
        yield file
        return
    with closing(cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))) as copy:
        with zipfile.ZipFile(file) as archive, zipfile.ZipFile(copy, "w") as copied:
            for name in archive.namelist():
                copied.writestr(name, made if name == _CONTENT else archive.read(name))
        copy.seek(0)
        yield copy


def _content(file: BinaryIO) -> bytes:
    """Return what stands in an .ods file, nothing for any other."""
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.read(_CONTENT)
    except (zipfile.BadZipFile, KeyError):
        return b""


def _character(tag: re.Match[bytes]) -> bytes:
    return b"&#10;" if b"line-break" in tag[0] else b"&#9;"
