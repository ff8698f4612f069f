"""Odd delimited files as people have them, each with the table that stands in it.

Every case is made here, byte for byte; `python -m tests.files.odd.cases FOLDER` writes them out.
"""

import codecs
import csv
import io
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Rows = list[tuple[str | None, ...]]

COLUMNS = ("id", "text", "label")
ROWS: Rows = [
    ("1", "the parcel arrived early, thank you", "praise"),
    ("2", "my invoice is wrong", "complaint"),
    ("3", "how do I change my address", "question"),
    ("4", 'she said "never again" and left', "complaint"),
    ("5", "great; really great", "praise"),
    ("6", "where is the manual", "question"),
]
PLAIN: Rows = [
    ("1", "the parcel arrived early", "praise"),
    ("2", "my invoice is wrong", "complaint"),
    ("3", "how do I change my address", "question"),
    ("4", "never again", "complaint"),
    ("5", "really great", "praise"),
    ("6", "where is the manual", "question"),
]


@dataclass(frozen=True)
class Case:
    """One file and what is right to read in it.

    Attributes:
        name: of the file.
        content: its bytes.
        columns: what its columns are called.
        rows: its rows, those that are set aside left out.
        aside: numbers of the lines, from 1, that are set aside.
        options: what has to be said to read it.
        refused: part of the sentence where the whole file is refused, else empty.
        said: part of what must be said about it.
    """

    name: str
    content: bytes
    columns: tuple[str, ...] = COLUMNS
    rows: Rows = field(default_factory=list)
    aside: tuple[int, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    refused: str = ""
    said: str = ""


def spelt(rows: Rows, header: tuple[str, ...] | None = COLUMNS, **dialect: Any) -> str:
    """Return rows as Python's csv module writes them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, **({"lineterminator": "\n"} | dialect))
    if header is not None:
        writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def joined(rows: Rows, by: str, header: tuple[str, ...] | None = COLUMNS) -> str:
    """Return rows as scripts write them that know of no quotation."""
    lines = [header, *rows] if header is not None else rows
    return "".join(by.join(map(str, line)) + "\n" for line in lines)


def _separators() -> list[Case]:
    found = []
    for name, mark in {
        "comma": ",",
        "semicolon": ";",
        "tab": "\t",
        "bar": "|",
        "caret": "^",
        "tilde": "~",
        "unit-separator": "\x1f",
        "control-a": "\x01",
    }.items():
        found += [
            Case(f"{name}-minimal.csv", spelt(ROWS, delimiter=mark).encode(), rows=ROWS),
            Case(
                f"{name}-all-quoted.csv",
                spelt(ROWS, delimiter=mark, quoting=csv.QUOTE_ALL).encode(),
                rows=ROWS,
            ),
            Case(
                f"{name}-crlf.csv",
                spelt(ROWS, delimiter=mark, lineterminator="\r\n").encode(),
                rows=ROWS,
            ),
        ]
    prices: Rows = [("a;b", "1,5", "x"), ("c", "2,5", "y"), ("d, e", "10,25", "z")]
    found += [
        Case(
            "semicolon-decimal-comma.csv",
            spelt(prices, ("item", "price", "kind"), delimiter=";").encode(),
            ("item", "price", "kind"),
            prices,
        ),
        Case("tab-named-csv.csv", joined(PLAIN, "\t").encode(), rows=PLAIN),
        Case("comma-named-tsv.tsv", spelt(ROWS).encode(), rows=ROWS),
        Case(
            "semicolon-in-every-comma-text.csv",
            spelt([(str(n), "one; two; three; four", "a; b") for n in range(9)]).encode(),
            rows=[(str(n), "one; two; three; four", "a; b") for n in range(9)],
        ),
        Case(
            "comma-in-every-tab-text.tsv",
            joined([(str(n), "one, two, three", "a, b") for n in range(9)], "\t").encode(),
            rows=[(str(n), "one, two, three", "a, b") for n in range(9)],
        ),
        Case(
            "header-names-hold-semicolons.csv",
            b'"a;b;c;d",e\none,2\ntwo,3\n',
            ("a;b;c;d", "e"),
            [("one", "2"), ("two", "3")],
        ),
        Case(
            "header-name-holds-commas.csv",
            b'"name, first";text\nA;one\nB;two\n',
            ("name, first", "text"),
            [("A", "one"), ("B", "two")],
        ),
        Case(
            "bar-with-spaces.csv",
            b"id | text | label\n1 | good day | up\n2 | bad day | down\n",
            rows=[("1", "good day", "up"), ("2", "bad day", "down")],
        ),
        Case(
            "times-hold-colons.csv",
            b"when,text\n10:20:30,good day\n10:21:30,bad day\n",
            ("when", "text"),
            [("10:20:30", "good day"), ("10:21:30", "bad day")],
        ),
    ]
    return found


def _quotes() -> list[Case]:
    literal: Rows = [
        ("1", '"open words'),
        ("2", "plain words"),
        ("3", 'closing words"'),
        ("4", "last"),
    ]
    two = ("id", "text")
    single = spelt(ROWS, quotechar="'", quoting=csv.QUOTE_ALL)
    escaped = "id,text,label\n" + "".join(
        f'{a},"{b}",{c}\n'
        for a, b, c in ((r[0], str(r[1]).replace('"', '\\"'), r[2]) for r in ROWS)
    )
    lines: Rows = [
        ("1", "two\nlines", "a"),
        ("2", "a\n\nblank", "b"),
        ("3", "end\n", "c"),
        ("4", "plain", "d"),
    ]
    return [
        Case(
            "tsv-marks-across-rows.tsv",
            joined(literal, "\t", two).encode(),
            two,
            literal,
            said="part of the text",
        ),
        Case(
            "csv-marks-across-rows.csv",
            joined(literal, ",", two).encode(),
            two,
            literal,
            said="part of the text",
        ),
        Case(
            "tsv-open-mark.tsv",
            b'id\ttext\n1\t"Well," he said\n2\t"open\n3\tplain\n',
            two,
            [("1", '"Well," he said'), ("2", '"open'), ("3", "plain")],
            said="part of the text",
        ),
        Case(
            "tsv-quoted.tsv", spelt(ROWS, delimiter="\t", quoting=csv.QUOTE_ALL).encode(), rows=ROWS
        ),
        Case("single-quotes.csv", single.encode(), rows=ROWS),
        Case("backslash-escapes.csv", escaped.encode(), rows=ROWS),
        Case(
            "backslash-at-end.csv",
            b'id,text,label\n1,"C:\\temp\\",a\n2,"x, y",b\n3,z,c\n',
            rows=[("1", "C:\\temp\\", "a"), ("2", "x, y", "b"), ("3", "z", "c")],
        ),
        Case(
            "space-after-separator.csv",
            b'id, text\n1, "good day"\n2, "bad, really"\n3, fine\n',
            two,
            [("1", "good day"), ("2", "bad, really"), ("3", "fine")],
            said="space",
        ),
        Case(
            "space-after-separator-no-comma.csv",
            b'id, text\n1, "good day"\n2, fine\n',
            two,
            [("1", "good day"), ("2", "fine")],
            said="space",
        ),
        Case(
            "space-after-separator-no-quotes.csv",
            b"text, label\ngood day, up\nbad day, down\n",
            ("text", "label"),
            [("good day", "up"), ("bad day", "down")],
            said="space",
        ),
        Case("multi-line.csv", spelt(lines).encode(), rows=lines),
        Case("multi-line-crlf.csv", spelt(lines, lineterminator="\r\n").encode(), rows=lines),
        Case("multi-line-tab.tsv", spelt(lines, delimiter="\t").encode(), rows=lines),
        Case(
            "inch-marks.csv",
            b'id,text,label\n1,5" pipe,a\n2,"x, y",b\n3,3.5" disk,a\n',
            rows=[("1", '5" pipe', "a"), ("2", "x, y", "b"), ("3", '3.5" disk', "a")],
        ),
        Case(
            "apostrophes.csv",
            b"id,text,label\n1,don't,a\n2,it's 'so',b\n3,'tis,c\n",
            rows=[("1", "don't", "a"), ("2", "it's 'so'", "b"), ("3", "'tis", "c")],
        ),
        Case(
            "only-quoted-header.csv",
            b'"id","text","label"\n1,good day,up\n2,bad day,down\n',
            rows=[("1", "good day", "up"), ("2", "bad day", "down")],
        ),
        Case(
            "empty-quoted-cells.csv",
            b'id,text,label\n1,"",a\n2,"x",""\n',
            rows=[("1", "", "a"), ("2", "x", "")],
        ),
        Case(
            "doubled-marks-only.csv",
            b'id,text,label\n1,"""",a\n2,"""x""",b\n',
            rows=[("1", '"', "a"), ("2", '"x"', "b")],
        ),
        Case(
            "json-in-cells.csv",
            spelt([("1", '{"a": "b, c"}', "x"), ("2", '["d"]', "y")]).encode(),
            rows=[("1", '{"a": "b, c"}', "x"), ("2", '["d"]', "y")],
        ),
        Case(
            "typographic-marks.csv",
            "id,text,label\n1,“good”,a\n2,„gut“,b\n".encode(),
            rows=[("1", "“good”", "a"), ("2", "„gut“", "b")],
        ),
    ]


def _lines() -> list[Case]:
    body = spelt(PLAIN)
    marks = {
        "u2028": "\u2028",
        "u2029": "\u2029",
        "u0085": "\x85",
        "form-feed": "\x0c",
        "vertical-tab": "\x0b",
        "file-separator": "\x1c",
        "record-separator": "\x1e",
    }
    found = []
    for name, mark in marks.items():
        rows: Rows = [("1", f"one{mark}two", "a"), ("2", "plain", "b"), ("3", "x", "c")]
        found += [
            Case(f"{name}-in-csv.csv", joined(rows, ",").encode(), rows=rows),
            Case(f"{name}-in-tsv.tsv", joined(rows, "\t").encode(), rows=rows),
            Case(
                f"{name}-in-header.csv",
                f"id,te{mark}xt,label\n1,a,b\n2,c,d\n".encode(),
                ("id", f"te{mark}xt", "label"),
                [("1", "a", "b"), ("2", "c", "d")],
            ),
        ]
    found += [
        Case("cr-only.csv", body.replace("\n", "\r").encode(), rows=PLAIN),
        Case("mixed-line-ends.csv", body.replace("\n", "\r\n", 3).encode(), rows=PLAIN),
        Case("no-last-newline.csv", body.rstrip("\n").encode(), rows=PLAIN),
        Case("blank-lines-first.csv", ("\n\n" + body).encode(), rows=PLAIN),
        Case("blank-lines-between.csv", body.replace("\n", "\n\n").encode(), rows=PLAIN),
        Case("lines-of-spaces.csv", body.replace("\n", "\n   \n", 3).encode(), rows=PLAIN),
        Case("sep-semicolon.csv", ("sep=;\r\n" + spelt(ROWS, delimiter=";")).encode(), rows=ROWS),
        Case("sep-comma.csv", ("sep=,\n" + body).encode(), rows=PLAIN),
        Case("sep-tab.csv", ("sep=\t\n" + joined(PLAIN, "\t")).encode(), rows=PLAIN),
        Case("sep-bar-quoted.csv", ('"sep=|"\n' + joined(PLAIN, "|")).encode(), rows=PLAIN),
        Case(
            "sep-with-mark.csv",
            codecs.BOM_UTF8 + ("sep=;\n" + joined(PLAIN, ";")).encode(),
            rows=PLAIN,
        ),
        Case("sep-utf-16.csv", ("sep=;\n" + joined(PLAIN, ";")).encode("utf-16"), rows=PLAIN),
        Case(
            "sep-two-columns.csv",
            b"sep=;\ntext;label\nfine;up\nawful;down\n",
            ("text", "label"),
            [("fine", "up"), ("awful", "down")],
        ),
        Case(
            "comments-first.csv",
            ("# made by a tool, version 2\n# on Monday\n" + body).encode(),
            rows=PLAIN,
            said="not part of the table",
        ),
        Case(
            "title-first.csv",
            ("Customer feedback 2026\n\n" + body).encode(),
            rows=PLAIN,
            said="not part of the table",
        ),
        Case(
            "hash-header.tsv", ("#" + joined(PLAIN, "\t")).encode(), ("#id", "text", "label"), PLAIN
        ),
    ]
    return found


def _encodings() -> list[Case]:
    rows: Rows = [("1", "Grüße aus Köln", "a"), ("2", "naïve café", "b"), ("3", "plain", "c")]
    found = [
        Case(f"{codec}.csv", spelt(rows, delimiter=";").encode(codec), rows=rows)
        for codec in ("utf-8", "utf-8-sig", "utf-16", "utf-32")
    ]
    found += [
        Case(
            "utf-16-be-mark.csv", codecs.BOM_UTF16_BE + spelt(rows).encode("utf-16-be"), rows=rows
        ),
        Case(
            "utf-32-be-mark.csv", codecs.BOM_UTF32_BE + spelt(rows).encode("utf-32-be"), rows=rows
        ),
        Case(
            "utf-16-tabs-excel.txt",
            joined(rows, "\t").encode("utf-16"),
            rows=rows,
            options={"format": "csv"},
        ),
        Case("cp1252.csv", spelt(rows).encode("cp1252"), refused="is not UTF-8"),
        Case(
            "cp1252-said.csv",
            spelt(rows).encode("cp1252"),
            rows=rows,
            options={"encoding": "cp1252"},
        ),
        Case(
            "latin-1-tabs-said.tsv",
            joined(rows, "\t").encode("latin-1"),
            rows=rows,
            options={"encoding": "latin-1"},
        ),
        Case(
            "shift-jis-said.csv",
            spelt([("1", "表を読む", "a"), ("2", "能力", "b")]).encode("shift_jis"),
            rows=[("1", "表を読む", "a"), ("2", "能力", "b")],
            options={"encoding": "shift_jis"},
        ),
        Case("utf-16-no-mark.csv", spelt(rows).encode("utf-16-le"), refused="utf-16-le"),
        Case(
            "chinese.csv",
            spelt([("1", "好，很好", "正"), ("2", "坏", "负")]).encode(),
            rows=[("1", "好，很好", "正"), ("2", "坏", "负")],
        ),
        Case(
            "nul-in-text.csv",
            b"id,text,label\n1,a\0b,x\n2,c,y\n",
            rows=[("1", "a\0b", "x"), ("2", "c", "y")],
        ),
        Case(
            "emoji-header.csv",
            "id,text 🙂,label\n1,good,a\n2,bad,b\n".encode(),
            ("id", "text 🙂", "label"),
            [("1", "good", "a"), ("2", "bad", "b")],
        ),
        Case(
            "non-breaking-spaces.csv",
            "id,text,label\n1,a\u00a0b,x\n2,c,y\n".encode(),
            rows=[("1", "a\u00a0b", "x"), ("2", "c", "y")],
        ),
    ]
    return found


def _headers() -> list[Case]:
    three = ("column 1", "column 2", "column 3")
    two = ("column 1", "column 2")
    moods: Rows = [
        ("I love this film", "up"),
        ("I hate this film", "down"),
        ("what a lovely day", "up"),
        ("this is awful", "down"),
    ]
    texts: Rows = [
        ("I love this film so much",),
        ("nothing works any more",),
        ("what a lovely day",),
    ]
    return [
        Case("no-header-ids.csv", spelt(ROWS, None).encode(), three, ROWS, said="no names"),
        Case("no-header-moods.csv", spelt(moods, None).encode(), two, moods, said="no names"),
        Case(
            "no-header-moods.tsv",
            spelt(moods, None, delimiter="\t").encode(),
            two,
            moods,
            said="no names",
        ),
        Case(
            "no-header-one-column.csv",
            spelt(texts, None).encode(),
            ("column 1",),
            texts,
            said="no names",
        ),
        Case("header-one-column.csv", spelt(texts, ("text",)).encode(), ("text",), texts),
        Case(
            "header-of-years.csv",
            b"text,2024,2025\ngood day,1,2\nbad day,3,4\n",
            ("text", "2024", "2025"),
            [("good day", "1", "2"), ("bad day", "3", "4")],
            options={"header": True},
        ),
        Case(
            "header-said-missing.csv",
            spelt(moods, None).encode(),
            two,
            moods,
            options={"header": False},
        ),
        Case(
            "header-said-there.csv",
            spelt(moods).replace("id,text,label", "text,label").encode(),
            ("text", "label"),
            moods,
            options={"header": True},
        ),
        Case(
            "header-with-spaces.csv",
            b" id , text , label \n1,good,a\n2,bad,b\n",
            rows=[("1", "good", "a"), ("2", "bad", "b")],
        ),
        Case(
            "header-repeats-names.csv",
            b"text,text\none,two\nthree,four\n",
            ("text", "text 2"),
            [("one", "two"), ("three", "four")],
            said="like one before it",
        ),
        Case(
            "unnamed-index.csv",
            b",text,label\n0,good,a\n1,bad,b\n",
            ("column 1", "text", "label"),
            [("0", "good", "a"), ("1", "bad", "b")],
        ),
        Case(
            "row-names-of-r.csv",
            b'"text" "label"\n"1" "good day" "a"\n"2" "bad day" "b"\n',
            ("column 1", "text", "label"),
            [("1", "good day", "a"), ("2", "bad day", "b")],
            options={"separator": " "},
            said="one name fewer",
        ),
        Case("only-header.csv", b"id,text,label\n", rows=[]),
        Case(
            "one-row.csv",
            b"text,label\nhello there,greeting\n",
            ("text", "label"),
            [("hello there", "greeting")],
        ),
    ]


def _rows() -> list[Case]:
    body = spelt(ROWS).splitlines(keepends=True)

    def changed(place: int, line: str) -> bytes:
        return "".join([*body[:place], line, *body[place + 1 :]]).encode()

    def without(place: int) -> Rows:
        return ROWS[: place - 1] + ROWS[place:]

    found = []
    for name, line in {
        "too-few-cells": "3,how do I change my address\n",
        "too-many-cells": "3,how, do I change, question\n",
        "stray-open-mark": '3,"how do I change my address,question\n',
        "stray-mark-within": '3,"how do I" change my address,question\n',
        "mark-opens-last-cell": '3,how do I change my address,"question\n',
        "half-a-row": "3\n",
        "stray-mark-alone": '"\n',
        "cut-within-marks": '3,"how do I, change\n',
    }.items():
        found.append(Case(f"damaged-{name}.csv", changed(3, line), rows=without(3), aside=(4,)))
    found += [
        Case("damaged-last-row.csv", changed(6, '6,"where is'), rows=without(6), aside=(7,)),
        Case(
            "damaged-first-row.csv",
            changed(1, '1,"the parcel,praise\n'),
            rows=without(1),
            aside=(2,),
        ),
        Case(
            "damaged-byte.csv",
            changed(3, "3,how @ do I,question\n")
            .replace(b"@", b"\xe9")
            .replace(b"manual", "mänüal".encode())
            .replace(b"invoice", "invöice".encode()),
            rows=[
                (a, str(b).replace("manual", "mänüal").replace("invoice", "invöice"), c)
                for a, b, c in without(3)
            ],
            aside=(4,),
        ),
        Case(
            "empty-cells-at-end.csv",
            spelt(PLAIN).replace("\n", ",,\n").encode().replace(b"label,,", b"label"),
            rows=PLAIN,
        ),
        Case(
            "trailing-separator.csv",
            spelt(PLAIN).replace("\n", ",\n").encode().replace(b"label,", b"label"),
            rows=PLAIN,
        ),
        Case("total-at-end.csv", (spelt(PLAIN) + "Total: 6\n").encode(), rows=PLAIN, aside=(8,)),
        Case(
            "two-damaged.csv",
            changed(3, "3,a,b,c\n").replace(b"5,", b'5,"', 1),
            aside=(4, 6),
            rows=[row for row in ROWS if row[0] not in ("3", "5")],
        ),
        Case(
            "guarded-cells.csv",
            b"id,text,label\n1,'=1+1,a\n2,'tis,b\n3,x,c\n",
            rows=[("1", "=1+1", "a"), ("2", "'tis", "b"), ("3", "x", "c")],
        ),
        Case("row-of-blanks.csv", (spelt(PLAIN) + ",,\n").encode(), rows=[*PLAIN, ("", "", "")]),
        Case(
            "huge-cell.csv",
            spelt([("1", "word " * 50_000, "a"), ("2", "x", "b")]).encode(),
            rows=[("1", "word " * 50_000, "a"), ("2", "x", "b")],
        ),
    ]
    return found


def _joined_and_alone() -> list[Case]:
    """Files that were joined, columns that stand alone, and files without a row."""
    two = ("id", "text")
    mark = codecs.BOM_UTF8
    return [
        Case(
            "one-column-of-commas.csv",
            b"text\nhello, world\nbye, now\nthird one\n",
            ("text",),
            [("hello, world",), ("bye, now",), ("third one",)],
            said="one column",
        ),
        Case(
            "one-column-quoted.csv",
            b'text\n"hello, world"\n"bye, now"\n',
            ("text",),
            [("hello, world",), ("bye, now",)],
            said="one column",
        ),
        Case(
            "joined-files.csv",
            mark + b"id,text\n1,a b\n" + mark + b"id,text\n2,c d\n",
            two,
            [("1", "a b"), ("2", "c d")],
            aside=(3,),
        ),
        Case("two-marks.csv", mark + mark + b"id,text\n1,a b\n", two, [("1", "a b")]),
        Case(
            "dates-without-names.csv",
            b"2026-01-01,good day\n2026-01-02,bad day\n",
            ("column 1", "column 2"),
            [("2026-01-01", "good day"), ("2026-01-02", "bad day")],
            said="no names",
        ),
        Case(
            "both-escapes.csv",
            b'id,text,label\n1,"a \\"b\\" c",x\n2,"d ""e"" f",y\n3,plain,z\n',
            rows=[("1", 'a "b" c', "x"), ("2", 'd "e" f', "y"), ("3", "plain", "z")],
            said="backslashes",
        ),
        Case(
            "control-z.csv",
            b"id,text\n1,a b\n2,c d\n\x1a",
            two,
            [("1", "a b"), ("2", "c d")],
            aside=(4,),
        ),
        Case(
            "double-hash.tsv",
            b"##made=x\n##by=y\n#CHROM\tPOS\n1\t100\n1\t101\n",
            ("#CHROM", "POS"),
            [("1", "100"), ("1", "101")],
            said="not part of the table",
        ),
        Case("no-row-but-a-mark.csv", mark, refused="holds no row"),
        Case("blank-lines-alone.csv", b"\n\n  \n", refused="holds no row"),
        Case("sep-line-alone.csv", b"sep=;\n", refused="holds no row"),
    ]


CASES = [
    *_separators(),
    *_quotes(),
    *_lines(),
    *_encodings(),
    *_headers(),
    *_rows(),
    *_joined_and_alone(),
]


def main(folder: str) -> None:
    """Write all files into a folder."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        (target / case.name).write_bytes(case.content)


if __name__ == "__main__":
    main(sys.argv[1])
