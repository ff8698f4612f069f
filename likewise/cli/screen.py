"""What may reach a screen: characters, never orders to the terminal.

A text, a file's name or what a file holds may have escape codes, control characters and
overrides of the direction of writing; a terminal that gets them may change its title or its
clipboard, hide lines or show them in another order.
"""

import codecs
import re
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

_UNSAFE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but tab and line feed; C1 too
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # directions of writing
    "\u2028\u2029"  # ends of lines that are none here
    "\xad\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"  # not to be seen
    "\U000e0000-\U000e0fff\ud800-\udfff"
)
_ORDERS = re.compile(f"[{_UNSAFE}]")
_RETURN = re.compile("\r(?=\n)")
INSTEAD = "·"


def safe(text: str) -> str:
    """Return a text in which every character that drives a terminal is a dot."""
    return _ORDERS.sub(INSTEAD, text)


def safe_json(text: str) -> str:
    """Return JSON that says the same without such characters."""
    return _ORDERS.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


class SafeRendering:
    """Something that rich draws, whose own codes come from its styles alone."""

    def __init__(self, drawn: "RenderableType") -> None:
        self._drawn = drawn

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """Draw it, the characters made safe."""
        from rich.segment import Segment

        for segment in console.render(self._drawn, options):
            yield segment if segment.control else Segment(safe(segment.text), segment.style)


class Screen:
    """Takes the bytes of csv or JSON that were meant for a file or a pipe, and shows them."""

    def __init__(self, stream: BinaryIO, *, json: bool) -> None:
        self._stream = stream
        self._safe = safe_json if json else safe
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def write(self, data: bytes) -> int:
        """Show bytes of UTF-8; characters and ends of lines may be in two parts."""
        text = self._held + self._decoder.decode(bytes(data))
        self._held = "\r" if text.endswith("\r") else ""
        text = _RETURN.sub("", text.removesuffix(self._held) if self._held else text)
        self._stream.write(self._safe(text).encode())
        return len(data)

    def flush(self) -> None:
        """Show what was written."""
        self._stream.flush()
