"""Reads txt files, a text on each line."""

from collections.abc import Iterator, Sequence

from likewise.files.building import table_of
from likewise.files.delimited.likeness import like_a_table
from likewise.files.options import Options
from likewise.files.raw.physical import WRONG_BYTES, Bytes, line_blocks, physical_lines
from likewise.files.raw.source import Source
from likewise.files.readers.drawn import drawn_inside
from likewise.files.table import Met, Part, Spelling, Table

_TEXT = "text"


def read_txt(source: Source, options: Options) -> Table:
    """Return the lines of a text file as a table with the column `text`."""

    def parse(met: Met, places: Sequence[int] | None) -> Iterator[Part]:
        number = 1
        met_bytes = Bytes(source, strict=met.aside.strict)
        for lines in line_blocks(source):
            if all(map(str.isascii, lines)):  # in any encoding right, whatever is in them
                texts = [line.rstrip("\r\n") for line in lines]
                numbers = range(number, number + len(lines))
                yield Part(numbers, [texts] if places is None or places else [])
                number += len(lines)
                continue
            found = []
            for line in lines:
                text = line.rstrip("\r\n") if line.endswith(("\n", "\r")) else line
                if met_bytes.meet(line, number):
                    found.append((number, text))
                else:
                    met.aside.add(number, WRONG_BYTES, text)
                number += 1
            cells = [[text for _, text in found]] if places is None or places else []
            yield Part([at for at, _ in found], cells)
        met_bytes.end()

    return table_of(source, options, "txt", (_TEXT,), parse, notes=_like_table(source),
                    once=source.once, spelling=Spelling(encoding=source.encoding),
                    locate=lambda row: f"line {row:,}")  # fmt: skip


def _like_table(source: Source) -> Iterator[str]:
    """Yield what is to be told where the lines are rather the rows of a table."""
    lines = physical_lines(source.head_text().removeprefix("\ufeff"))[:1_000]
    lines = lines if source.whole else lines[:-1]
    title = source.title
    if (at := drawn_inside(source)) is not None:
        yield (
            f"There is a table among the lines of {title}, drawn with bars at line {at:,}; alone "
            "in a file it is read as one."
        )
    else:
        yield from like_a_table(lines, title)
