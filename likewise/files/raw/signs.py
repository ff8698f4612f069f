"""What a file is that holds no table of ours, told by its first bytes."""

import re
from collections.abc import Sequence

from likewise.errors import UnreadableFile
from likewise.files.raw import binary

SAVE = "Save the texts as CSV (UTF-8), JSON lines, Parquet, .xlsx or plain text."

_SIGNS: dict[str, Sequence[bytes]] = {
    "a PDF document": (b"%PDF",),
    "a PostScript document": (b"%!PS",),
    "a Rich Text document": (b"{\\rtf",),
    "a NumPy array": (b"\x93NUMPY",),
    "an SQLite database": (b"SQLite format 3",),
    "an Access database": (b"\0\1\0\0Standard Jet DB", b"\0\1\0\0Standard ACE DB"),
    "an ORC file": (b"ORC",),
    "an Avro file": (b"Obj\x01",),
    "an encrypted Parquet file": (b"PARE",),
    "an HDF5 file": (b"\x89HDF",),
    "a NetCDF file": (b"CDF\1", b"CDF\2", b"CDF\5"),
    "a spreadsheet of long ago": (
        *(bytes((9, version, size, 0)) for version, size in ((0, 4), (2, 6), (4, 6), (8, 8))),
        b"\0\0\2\0\6\4",
        b"\0\0\x1a\0\0\x10\4\0",
    ),
    "what macOS keeps beside a file, not the file": (b"\0\5\x16\7",),
    "a shortcut of Windows to a file elsewhere": (b"L\0\0\0\1\x14\2\0",),
    "a MATLAB file": (b"MATLAB 5.0 MAT-file", b"MATLAB 7.3 MAT-file"),
    "an SPSS file": (b"$FL2", b"$FL3"),
    "a SAS file": (
        bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011"),
        b"HEADER RECORD*******LIB",
    ),
    "a Stata file": (
        b"<stata_dta>",
        *(
            bytes((k, order, 1, 0))
            for k in (*range(103, 106), 108, *range(110, 116))
            for order in (1, 2)
        ),
    ),
    "an R data file": (b"RDX3\n", b"RDX2\n", b"X\n\0\0\0\2", b"X\n\0\0\0\3"),
    "a PNG picture": (b"\x89PNG",),
    "a JPEG picture": (b"\xff\xd8\xff",),
    "a GIF picture": (b"GIF8",),
    "a TIFF picture": (b"II*\0", b"MM\0*"),
    "a sound, a film or a WebP picture": (b"RIFF",),
    "an MP3 recording": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
    "an Ogg recording": (b"OggS",),
    "a FLAC recording": (b"fLaC",),
    "a film": (b"\x1aE\xdf\xa3",),
    "a 7z archive": (b"7z\xbc\xaf\x27\x1c",),
    "a RAR archive": (b"Rar!",),
    "an empty zip archive": (b"PK\x05\x06",),
    "a file packed with compress (.Z)": (b"\x1f\x9d", b"\x1f\xa0"),
    "a file packed with LZO": (b"\x89LZO",),
    "a file packed with Snappy": (b"\xff\x06\0\0sNaPpY",),
    "a file packed with LZMA": (b"\x5d\0\0\x80\0", b"\x5d\0\0\0\1"),
    "a cabinet archive": (b"MSCF",),
    "a program": (b"\x7fELF", b"MZ\x90", b"\xca\xfe\xba\xbe", b"\0asm"),
    "a GGUF model": (b"GGUF",),
    "a property list": (b"bplist00",),
    "a font": (b"wOF2",),
}

_TEXTS: dict[str, str] = {
    "rows that a database shows one below another": r"\*{9,} +1\. row \*{9,}|-\[ RECORD 1 \]",
    "a spreadsheet in SYLK": r"ID;P[\w ]*(;[NE])*\r?\n(P;P|[BC];[XY]\d|F;|O;)",
    "a spreadsheet in DIF": r"TABLE\r?\n0,1\r?\n",
    "a table of a wiki": r"\{\| ?(class|border|style|\r?\n)",
    "a web page": r"\s*(?><!--(?s:.*?)-->\s*)*+<(!doctype html|html|head|body|table)\b",
    "an SPSS file": r"[^\n]{0,400}ASCII SPSS PORT FILE",
    "JSON within JavaScript": r"\s*((var|let|const)\s+)?[\w.$]+\s*(=|\()\s*(\[\s*)?\{\s*[\"'\w]",
    "a link to a document of Google, not the document": (
        r'\s*\{[^{}]{0,999}"doc_id"\s*:[^{}]{0,999}\}\s*\Z'
    ),
    "a file of references": r"(TY  - [A-Z]+|PMID- ?\d+)\s*\n",
    "a treebank (CoNLL-U)": r"(?>#[^\n]*\n)*+1\t[^\t\n]+(?:\t[^\t\n]+){8}\n",
    "a drawing in SVG": r"\s*<svg\b",
    "an XML document": r"\s*(<\?xml|<[a-z][\w:.-]*>[ \t]*\r?\n\s*<[a-z])",
    "a notebook": r'\s*\{(?s:.*)"nbformat"\s*:',
    "an e-mail": r"(Return-Path|Received|Delivered-To|Message-ID|MIME-Version|From): "
    r"[^\n]*@[^\n]*\n([a-z][\w-]*: |[ \t])"
    r"|(?=(?:[^\n]+\n){0,40}?(?:From|To|Message-ID|Received|MIME-Version|X-Mailer):[ \t])"
    r"(?>[a-z][\w-]*:[ \t][^\n]*\n(?>[ \t][^\r\n][^\n]*\n)*){2,}+\r?\n",
    "a mailbox": r"From \S+ +(mon|tue|wed|thu|fri|sat|sun) ",
    "a calendar": r"BEGIN:VCALENDAR\b",
    "a file of addresses (vCard)": r"BEGIN:VCARD\b",
    "a file of subtitles": r"WEBVTT\b|\d+\r?\n\d\d:\d\d:\d\d[,.]\d{3} --> ",
    "a script": r"#!\s?/",
    "an SQL script": r"(?>\s|--[^\n]*\n|/\*.*?\*/)*+(create table\b|insert into\b|drop table\b"
    r"|alter table\b|set \w+ ?= |copy [\w.]+ \(|pragma \w+ ?=)",
    "a LaTeX document": r"\s*\\(documentclass|begin\{(tabular|table|longtable)\b)",
    "a BibTeX file": r"\s*@[a-z]+\{[^,\s]+,\s*\r?\n",
    "an ARFF file": r"(\s|%[^\n]*\n)*@relation\b",
    "a YAML file": r"(---[ \t]*\r?\n)?(- [\w ]+:[ \t][^\n]*\n  [\w ]+:[ \t]"
    r"|([\w-]+:([ \t][^\n]*)?\n)*+(?<=:\n)[ \t]*- )",
    "a TOML or INI file": r"(\s|[#;][^\n]*\n)*\[{1,2}[\w .-]+\]{1,2}[ \t]*\r?\n[\w .-]+[ \t]*=",
    "a Python pickle": r"\([ld]p\d+\r?\n|c[a-z_.]+\n\w+\n",
    "a pointer of Git LFS, whose file is elsewhere": r"version https://git-lfs\.github\.com/",
}
_TEXT_SIGNS = {kind: re.compile(sign.encode(), re.IGNORECASE) for kind, sign in _TEXTS.items()}
_BEGINNING = 65_536
"""Bytes in which signs of texts are looked for."""

_INSIDE = {
    "a tar archive": (257, b"ustar"),
    "a DuckDB database": (8, b"DUCK"),
    "an LMDB database": (16, b"\xde\xc0\xef\xbe"),
}
"""What stands at a place further inside."""

_OFFICE = {
    "locked by a password": "EncryptedPackage",
    "an old Word document": "WordDocument",
    "an old presentation": "PowerPoint Document",
    "a message of Outlook": "__properties_version1.0",
}
"""Names of what is inside the files of old Office programs."""
OLE = b"\xd0\xcf\x11\xe0"

_PICKLES = tuple(bytes([0x80, version]) for version in range(2, 6))
_BSON = (1, 2, 3, 4, 7, 8, 9, 16, 18)
"""Kinds of members in BSON."""
_FEW = 16
"""Control characters that stand in a short text by mistake."""
_CONTROL = bytes({*range(3, 9), *range(14, 27)})
"""What stands in no text: all control characters but ends of lines, tabs, and separators."""


def refuse_foreign(head: bytes, title: str) -> None:
    """Raise `UnreadableFile` where the first bytes are those of something that is not a table."""
    kind = foreign(head)
    if kind is not None:
        raise not_read(title, kind)


def not_read(title: str, kind: str) -> UnreadableFile:
    """Return what to raise for a file of a kind that is not read."""
    remedy = "Save it without one, or as CSV." if kind.startswith("locked") else SAVE
    return UnreadableFile(f"{title} is {kind}.", remedy)


def foreign(head: bytes) -> str | None:
    """Return what the first bytes are the beginning of, None where they tell nothing."""
    for kind, signs in _SIGNS.items():
        if any(_begins(head, sign) for sign in signs):
            return kind
    inside = _inside(head)
    if inside is not None:
        return inside
    text = head[:_BEGINNING].removeprefix(b"\xef\xbb\xbf")
    return next((kind for kind, sign in _TEXT_SIGNS.items() if sign.match(text)), None)


def _begins(head: bytes, sign: bytes) -> bool:
    """Return whether a file begins with a sign, and not merely with a word that begins so."""
    after = head[len(sign) : len(sign) + 32]
    odd = any(byte < 9 or 13 < byte < 32 or byte > 126 for byte in after)
    return head.startswith(sign) and (odd or not sign.isalnum())


def _inside(head: bytes) -> str | None:
    """Return what bytes further inside tell."""
    for kind, (at, sign) in _INSIDE.items():
        if head.startswith(sign, at):
            return kind
    if head[4:8] == b"ftyp":
        return "a picture" if head[8:11] in (b"hei", b"avi", b"mif") else "a film"
    if _is_bson(head):
        return "a BSON dump"
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "a BMP picture"
    if _is_dbase(head):
        return "a dBase file"
    # a pickle is code: it is named, never opened
    if head.startswith(_PICKLES) and (head[1:2] < b"\x04" or head[2:3] in (b"\x95", b"}", b"]")):
        return "a Python pickle"
    if head[8:10] in (b'{"', b"{\n") and head[4:8] == bytes(4):
        return "a safetensors file"
    if head.startswith(OLE):
        return next((k for k, name in _OFFICE.items() if name.encode("utf-16-le") in head), None)
    return binary.kind(head)


def _is_bson(head: bytes) -> bool:
    """Return whether a file begins with the length of a document, which ends there."""
    size = int.from_bytes(head[:4], "little")
    return 5 < size <= len(head) and head[4] in _BSON and head[size - 1] == 0


def _is_dbase(head: bytes) -> bool:
    """Return whether a file begins with a version of dBase, a date, and a length that is right."""
    if len(head) < 33 or head[0] not in (3, 0x30, 0x83, 0x8B, 0xF5):
        return False
    return 1 <= head[2] <= 12 and 1 <= head[3] <= 31 and int.from_bytes(head[8:10], "little") > 32


def is_binary(head: bytes) -> bool:
    """Return whether there are more control characters than any text has."""
    part = head[:4096]
    return len(part) - len(part.translate(None, _CONTROL)) > max(_FEW, len(part) // 20)
