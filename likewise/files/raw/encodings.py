"""Which text encodings are read, and what the first bytes of a file say about its own."""

import codecs
import re

from likewise.errors import InvalidOption, shown

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's, so it is asked for first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# names of codecs that spell texts as files do; Python has others, which make texts of escapes
# (unicode_escape, utf-7, idna, punycode), of bytes (hex, zlib) or of anything (rot13)
_FAMILIES = ("utf-8", "utf-16", "utf-32", "iso8859", "cp", "mac-", "koi8", "euc_", "shift_jis",
             "iso2022", "big5", "gb")  # fmt: skip
_SINGLE = {"ascii", "hz", "johab", "hp-roman8", "kz1048", "ptcp154", "tis-620"}


def known(encoding: str) -> str:
    """Return Python's name of an encoding that texts are spelt in.

    Raises:
        InvalidOption: there is none of that name.
    """
    try:
        name = codecs.lookup(encoding).name
        "a\n".encode(encoding)
        fits = name.startswith(_FAMILIES) or name.replace("_", "-") in _SINGLE
    except (LookupError, ValueError):
        fits = False
    if not fits:
        raise InvalidOption(
            f"There is no text encoding {shown(encoding)}.",
            "Use one of utf-8, utf-16, cp1252, latin-1, shift_jis, gb18030 or another name "
            "that Python knows for texts in files.",
            param="encoding",
        )
    return name


def mark_of(head: bytes) -> str | None:
    """Return the codec that a byte order mark tells, if there is one."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def chosen(head: bytes, named: str | None) -> str:
    """Return the codec to read with; a mark that fits the named one is dropped, not read."""
    marked = mark_of(head)
    if named is None:
        return marked or "utf-8"
    fits = marked is not None and named.startswith(marked.removesuffix("-sig"))
    return marked if marked and fits else named


def without_mark(head: bytes) -> str | None:
    """Return which UTF-16 or UTF-32 text without a mark seems to be in, by where its NULs stand."""
    part = head[: len(head) // 4 * 4][:4096]
    if part.count(0) <= len(part) // 4:
        return None
    zeros = [part[place::4].count(0) > len(part) // 8 for place in range(4)]
    return {
        (False, True, False, True): "utf-16-le",
        (True, False, True, False): "utf-16-be",
        (False, True, True, True): "utf-32-le",
        (True, True, True, False): "utf-32-be",
    }.get((zeros[0], zeros[1], zeros[2], zeros[3]), "")


def escapes(encoding: str) -> bool:
    """Return whether single wrong bytes can be told from the characters around them."""
    return not encoding.startswith(("utf-16", "utf-32", "iso2022", "hz"))


_TWICE = re.compile(r"[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u203a\u20ac\u2122]")
"""How a character of UTF-8 begins, each of its bytes a character of cp1252."""
_AROUND = 30
"""Characters of a word that are shown on each side."""


def spelt_twice(text: str) -> tuple[str, str] | None:
    """Return a word of UTF-8 that was read as cp1252 and saved so, and what it was; else None."""
    for found in _TWICE.finditer(text):
        at = found.start()
        left = text[max(0, at - _AROUND) : at].split()
        begins = left[-1] if left and not text[at - 1].isspace() else ""
        word = begins + text[at : at + _AROUND].split()[0]
        try:
            meant = word.encode("cp1252").decode()
        except UnicodeError:
            continue
        return word, meant.removeprefix("\ufeff")
    return None
