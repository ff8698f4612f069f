"""What a file is that holds no table of ours, told by its first bytes."""

from likewise.errors import UnreadableFile

_SAVE = "Save the texts as CSV (UTF-8), JSON lines, Parquet, .xlsx or plain text."

_SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"SQLite format 3", "an SQLite database"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"\x89HDF", "an HDF5 file"),
    (b"RIFF", "a sound, a film or a WebP picture"),
    (b"ID3", "an MP3 recording"),
    (b"OggS", "an Ogg recording"),
    (b"\x00\x00\x00\x18ftyp", "a film"),
    (b"\x00\x00\x00 ftyp", "a film"),
    (b"{\\rtf", "a Rich Text document"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x1f\x9d", "a file packed with compress (.Z)"),
    (b"\x1f\xa0", "a file packed with compress (.Z)"),
    (b"MSCF", "a cabinet archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"GGUF", "a GGUF model"),
    (b"<?xml", "an XML document"),
    (b"<!DOCTYPE html", "a web page"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"$FL2", "an SPSS file"),
    (b"$FL3", "an SPSS file"),
    (b"<stata_dta>", "a Stata file"),
    (b"RDX3\n", "an R data file"),
    (b"RDX2\n", "an R data file"),
    (b"wOF2", "a font"),
)

_TAR = b"ustar"
_PICKLES = tuple(bytes([0x80, version]) for version in range(2, 6))


def refuse_foreign(head: bytes, title: str) -> None:
    """Raise `UnreadableFile` where the first bytes are those of something that is not a table."""
    kind = foreign(head)
    if kind is not None:
        raise not_read(title, kind)


def not_read(title: str, kind: str) -> UnreadableFile:
    """Return what to raise for a file of a kind that is not read."""
    return UnreadableFile(f"{title} is {kind}.", _SAVE)


def foreign(head: bytes) -> str | None:
    """Return what the first bytes are the beginning of, None where they tell nothing."""
    for sign, kind in _SIGNS:
        if head.startswith(sign):
            return kind
    if head[257:262] == _TAR:
        return "a tar archive"
    # a pickle is code: it is named, never opened
    if head.startswith(_PICKLES) and (head[1:2] < b"\x04" or head[2:3] in (b"\x95", b"}", b"]")):
        return "a Python pickle"
    if head[8:10] in (b'{"', b"{\n") and head[4:8] == b"\0\0\0\0":
        return "a safetensors file"
    return None
