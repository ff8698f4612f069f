"""Odd files that are no csv, or no plain one: as people paste, print and export tables."""

import json

from tests.files.odd.cases import Case, Rows

COLUMNS = ("id", "text", "label")
ROWS: Rows = [("1", "good day", "up"), ("2", "bad day", "down"), ("3", "fine", "up")]
UNNAMED = ("column 1", "text", "label")

MARKDOWN = """\
| id | text | label |
|----|:----:|------:|
| 1 | good day | up |
| 2 | bad day | down |
| 3 | fine | up |
"""
PSQL = """\
 id |   text   | label~
----+----------+-------
  1 | good day | up
  2 | bad day  | down
  3 | fine     | up
(3 rows)

""".replace("~", " ")
PSQL_WRAPPED = """\
 id |  text   | label~
----+---------+-------
  1 | good   +| up
    | day     |~
  2 | C+      | a+
  3 | x \\| y | up
(3 rows)
""".replace("~", " ")
PSQL_ALONE = "   text   \n----------\n good day\n C+\n(2 rows)\n"
MYSQL = """\
+----+----------+-------+
| id | text     | label |
+----+----------+-------+
|  1 | good day | up    |
|  2 | bad day  | down  |
|  3 | fine     | up    |
+----+----------+-------+
3 rows in set (0.00 sec)
"""
DUCKDB = """\
┌───────┬──────────┬─────────┐
│  id   │   text   │  label  │
│ int32 │ varchar  │ varchar │
├───────┼──────────┼─────────┤
│     1 │ good day │ up      │
│     2 │ bad day  │ down    │
│     · │    ·     │ ·       │
│     3 │ fine     │ up      │
├───────┴──────────┴─────────┤
│ 9 rows (3 shown)           │
└────────────────────────────┘
"""
POLARS = """\
shape: (3, 3)
┌─────┬──────────┬───────┐
│ id  ┆ text     ┆ label │
│ --- ┆ ---      ┆ ---   │
│ i64 ┆ str      ┆ str   │
╞═════╪══════════╪═══════╡
│ 1   ┆ good day ┆ up    │
│ 2   ┆ bad day  ┆ down  │
│ 3   ┆ fine     ┆ up    │
└─────┴──────────┴───────┘
"""
GRID = """\
+----+----------+-------+
| id | text     | label |
+====+==========+=======+
| 1  | good     | up    |
|    | day      |       |
+----+----------+-------+
| 2  | bad day  | down  |
+----+----------+-------+
| 3  | fine     | up    |
+----+----------+-------+
"""
ORG = """\
| id | text     | label |
|----+----------+-------|
|  1 | good day | up    |
|  2 | bad day  | down  |
|  3 | fine     | up    |
"""
FIXED = """\
id  text                 label
1   good day today       up
2   bad day              down
3   fine thing           up
"""
PRINTED = (
    "   id      text label\n0   1  good day    up\n1   2   bad day  down\n2   3      fine    up\n"
)


def _lines(content: str) -> Rows:
    return [(line,) for line in content.splitlines()]


def _drawn() -> list[Case]:
    two: Rows = [("1", "good\nday", "up"), ("2", "bad day", "down"), ("3", "fine", "up")]
    wrapped: Rows = [("1", "good\nday", "up"), ("2", "C+", "a+"), ("3", "x | y", "up")]
    prose = f"# Feedback\n\nSome words.\n\n{MARKDOWN}\nMore words.\n"
    damaged = MARKDOWN.replace("| 2 | bad day |", "| 2 | bad | day |")
    told = "drawn with bars"
    return [
        *(Case(f"markdown.{end}", MARKDOWN.encode(), COLUMNS, ROWS, said=told)
          for end in ("md", "txt", "csv", "tsv", "out")),
        Case("markdown-no-outer-bars.md",
             b"id | text | label\n--|--|--\n1 | good day | up\n2 | bad day | down\n3 | fine | up",
             COLUMNS, ROWS, said=told),
        Case("markdown-damaged.md", damaged.encode(), COLUMNS, [ROWS[0], ROWS[2]], (4,), said=told),
        Case("markdown-in-prose.md", prose.encode(), ("text",), _lines(prose), said="at line 5"),
        *(Case(f"psql.{end}", PSQL.encode(), COLUMNS, ROWS, said=told) for end in ("txt", "csv")),
        Case("psql-wrapped.txt", PSQL_WRAPPED.encode(), COLUMNS, wrapped, said=told),
        Case("psql-one-column.txt", PSQL_ALONE.encode(), ("text",), [("good day",), ("C+",)],
             said=told),
        *(Case(f"mysql.{end}", MYSQL.encode(), COLUMNS, ROWS, said=told) for end in ("txt", "csv")),
        Case("duckdb.txt", DUCKDB.encode(), COLUMNS, ROWS, (7, 10), said=told),
        Case("polars.txt", POLARS.encode(), COLUMNS, ROWS, said=told),
        Case("polars-cut.txt", POLARS.replace("good day", "good da…").encode(), COLUMNS,
             [("1", "good da…", "up"), *ROWS[1:]], said="were cut"),
        Case("grid.rst", GRID.encode(), COLUMNS, two, said=told),
        Case("org.org", ORG.encode(), COLUMNS, ROWS, said=told),
        Case("mark-first.md", b"\xef\xbb\xbf" + MARKDOWN.encode(), COLUMNS, ROWS, said=told),
        Case("utf-16.md", MARKDOWN.encode("utf-16"), COLUMNS, ROWS, said=told),
        Case("shown-by-rows.txt", b"*" * 27 + b" 1. row " + b"*" * 27 + b"\n  id: 1\ntext: a\n",
             refused="one below another"),
        Case("records-of-psql.txt", b"-[ RECORD 1 ]---\nid   | 1\ntext | good day\n",
             refused="one below another"),
    ]  # fmt: skip


def _plain() -> list[Case]:
    """Text files whose lines look like the rows of a table, and some whose lines do not."""
    plain = {
        "commas.txt": ("id,text,label\n1,good day,up\n2,bad day,down\n3,fine,up\n", "with commas"),
        "semicolons.txt": ("text;label\ngood day;up\nbad day;down\nfine;up\n", "with semicolons"),
        "quoted.txt": ('"text","label"\n"a, b","up"\n"c","down"\n"d","up"\n', "with commas"),
        "told.txt": ("sep=;\ntext;label\na;b\nc;d\n", "with semicolons"),
        "bars.txt": ("id|text\n1|good day\n2|bad day\n3|fine\n", "with bars"),
        "index-of-pandas.txt": (",text,label\n0,a,b\n1,c,d\n2,e,f\n", "with commas"),
        "fixed.txt": (FIXED, "fixed width"),
        "printed-by-pandas.txt": (PRINTED, "fixed width"),
        "columns-of-sqlite.txt": (
            "id  text\n--  --------\n1   good day\n2   fine\n",
            "fixed width",
        ),
        "fasttext.txt": ("__label__up good day\n__label__down bad day\n", "fastText"),
        "poem.txt": ("the cat, the dog\nthe sun, the moon\nday, night\nyou, I\n", ""),
        "settings.txt": ("Name: Anna\nAge: 3\nCity: Rome\nJob: none\n", ""),
        "rule.md": ("First part\n----------\nSome text | with a bar\n", ""),
    }
    found = [
        Case(name, content.encode(), ("text",), _lines(content), said=said)
        for name, (content, said) in plain.items()
    ]
    tabs = "id\ttext\r\n1\tgüte\r\n2\tschön\r\n"
    one = [(line,) for line in FIXED.splitlines()[1:]]
    return [
        *found,
        Case("unicode-text-of-excel.txt", tabs.encode("utf-16"), ("text",), _lines(tabs),
             said="with tabs"),
        Case("fixed.csv", FIXED.encode(), (FIXED.splitlines()[0],), one, said="fixed width"),
    ]  # fmt: skip


def _programs() -> list[Case]:
    """What programs write that know of no standard."""
    r = '"text" "label"\n"1" "good day" "up"\n"2" "bad day" "down"\n"3" "fine" "up"\n'
    typographic = "id,text\n1,“good, day”\n2,“bad, day”\n3,“so, so”\n"
    return [
        *(Case(f"r.{end}", r.encode(), UNNAMED, ROWS, said="one name fewer")
          for end in ("csv", "tsv")),
        Case("r.txt", r.encode(), ("text",), _lines(r), said="with spaces"),
        Case("r-commas.csv", r.replace('" "', '","').encode(), UNNAMED, ROWS,
             said="one name fewer"),
        Case("r-tabs.tsv", r.replace('" "', '"\t"').encode(), UNNAMED, ROWS, said="one name fewer"),
        Case("r-names.csv", b"text,label\nanna,good day,up\nben,bad day,down\ncarl,fine,up\n",
             UNNAMED, [("anna", "good day", "up"), ("ben", "bad day", "down"),
                       ("carl", "fine", "up")], said="one name fewer"),
        Case("r-one-column.csv", b'"text"\n"1","good day"\n"2","fine, too"\n', UNNAMED[:2],
             [("1", "good day"), ("2", "fine, too")], said="one name fewer"),
        Case("r-escaped.csv", b'"text" "label"\n"1" "a \\"b\\" c" "up"\n"2" "d" "down"\n', UNNAMED,
             [("1", 'a "b" c', "up"), ("2", "d", "down")], said="backslashes"),
        Case("mysql-escaped.csv",
             b'"id","text"\n"1","say \\"hi, you\\""\n"2","a\\\nb"\n"3",\\N\n'
             b'"4","C:\\temp \\\\ x"\n',
             COLUMNS[:2], [("1", 'say "hi, you"'), ("2", "a\nb"), ("3", "\\N"),
                           ("4", "C:\\temp \\ x")], said="backslashes"),
        Case("copied-by-postgres.tsv", b"1\tgood\\\tday\tup\n2\tbad\\\nday\tdown\n3\tfine\tup\n",
             ("column 1", "column 2", "column 3"),
             [("1", "good\tday", "up"), ("2", "bad\nday", "down"), ("3", "fine", "up")],
             said="backslashes"),
        Case("separator-escaped.csv", b"id,text,label\n1,good\\, day,up\n2,bad day,down\n", COLUMNS,
             [("1", "good, day", "up"), ("2", "bad day", "down")], said="backslashes"),
        *(Case(f"sep-{name}.csv", f"{line}\nid;text\n1;good\n2;bad\n".encode(), COLUMNS[:2],
               [("1", "good"), ("2", "bad")])
          for name, line in {"space": "sep=; ", "spaces": " sep = ;", "again": "sep=;;;"}.items()),
        Case("sep-spelt-tab.csv", b"sep=\\t\nid\ttext\n1\tgood\n2\tbad\n", COLUMNS[:2],
             [("1", "good"), ("2", "bad")]),
        Case("rule-of-sqlcmd.csv", b"id,text,label\n--,----,-----\n1,good day,up\n2,fine,up\n",
             COLUMNS, [("1", "good day", "up"), ("2", "fine", "up")], said="drawn below"),
        Case("whole-lines-quoted.csv", b'"id,text"\n"1,good day"\n"2,bad day"\n"3,fine"\n',
             ("id,text",), [("1,good day",), ("2,bad day",), ("3,fine",)], said="take these marks"),
        Case("typographic-marks-around.csv", typographic.encode(), refused="typographic"),
        *(Case(f"mark-{ord(mark)}.csv", f"id{mark}text\n1{mark}a\n2{mark}b\n3{mark}c\n".encode(),
               (f"id{mark}text",), [(f"{n}{mark}{x}",) for n, x in ((1, "a"), (2, "b"), (3, "c"))],
               said="could as well have") for mark in "!#$&*§"),
        Case("section-marks-said.csv", "id§text\n1§a, b\n2§c\n".encode(), COLUMNS[:2],
             [("1", "a, b"), ("2", "c")], options={"separator": "§"}),
        Case("record-separators.csv", b"id\x1ftext\x1e1\x1fgood\x1e2\x1fbad\x1e",
             refused="record separators"),
        Case("csv.parquet", b"id,text\n1,a\n", refused="is text, although"),
        Case("csv.xlsx", b"id,text\n1,a\n2,b\n", COLUMNS[:2], [("1", "a"), ("2", "b")],
             said="is read as csv"),
        Case("sylk.slk", b'ID;PWXL;N;E\nP;PGeneral\nC;Y1;X1;K"text"\nE\n', refused="SYLK"),
        Case("spreadsheet.dif", b'TABLE\n0,1\n"EXCEL"\nVECTORS\n0,2\n', refused="DIF"),
        Case("columns-id-and-p.csv", b"ID;P\n1;good day\n2;bad day\n", ("ID", "P"),
             [("1", "good day"), ("2", "bad day")]),
        Case("rows.toml", b"[[rows]]\ntext = 'a'\n", refused="TOML"),
        Case("table.tex", b"\\begin{tabular}{ll}\nid & text \\\\\n\\end{tabular}\n",
             refused="LaTeX"),
        Case("table.wiki", b'{| class="wikitable"\n! id !! text\n|-\n| 1 || good\n|}\n',
             refused="wiki"),
    ]  # fmt: skip


def _json() -> list[Case]:
    two, up = ("text", "label"), [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]
    rows: Rows = [("a", "x"), ("b", "y")]
    lines = "".join(json.dumps(one) + "\n" for one in up)
    within = [{"id": "1", "attributes": {"text": "a"}}, {"id": "2", "attributes": {"text": "b"}}]
    places = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": None, "properties": {"text": text}} for text in "ab"
        ],
    }

    def case(name: str, value: object, columns: tuple[str, ...] = two, found: Rows = rows,
             **rest: str) -> Case:  # fmt: skip
        return Case(name, json.dumps(value).encode(), columns, found, **rest)

    return [
        *(Case(f"lines.{end}", lines.encode(), two, rows) for end in ("csv", "txt", "log")),
        Case("a-list.csv", json.dumps(up).encode(), two, rows, said="JSON"),
        Case("lines-end-in-cr.jsonl", lines.replace("\n", "\r").encode(), two, rows),
        Case("lines-end-in-crlf.jsonl", lines.replace("\n", "\r\n").encode(), two, rows),
        Case("joined-with-marks.jsonl", 2 * (b"\xef\xbb\xbf" + lines.encode()), two, rows * 2),
        Case("utf-16.jsonl", lines.encode("utf-16"), two, rows),
        Case("by-jq.json", "".join(json.dumps(one, indent=1) + "\n" for one in up).encode(), two,
             rows, said="2 JSON values"),
        case("by-columns.json", {"text": ["a", "b"], "label": ["x", "y"]}, said="by columns"),
        case("of-pandas.json", {"text": {"0": "a", "1": "b"}, "label": {"0": "x", "1": "y"}},
             said="by columns"),
        case("by-row-numbers.json", {"0": up[0], "1": up[1]}, said="by rows"),
        case("by-row-names.json", {"k": up[0], "l": up[1]}, ("index", *two),
             [("k", "a", "x"), ("l", "b", "y")], said="by rows"),
        *(case(f"under-{name}.json", {name: up, "count": 2}, said=repr(name))
          for name in ("data", "rows", "results")),
        case("deep-inside.json", {"response": {"count": 2, "docs": up}}, said="'response.docs'"),
        case("of-elasticsearch.json", {"hits": {"hits": [{"_source": one} for one in up]}},
             said="'_source'"),
        case("of-json-api.json", {"data": within}, ("id", "text"), [("1", "a"), ("2", "b")],
             said="'attributes'"),
        case("places.geojson", places, ("type", "geometry", "text"),
             [("Feature", None, "a"), ("Feature", None, "b")], said="'properties'"),
        case("a-row-with-spans.jsonl", {"text": "a", "spans": [{"start": 0}]}, ("text", "spans"),
             [("a", '[{"start":0}]')]),
        case("two-tables.json", {"train": up, "test": up}, refused="2 tables"),
        case("split.json", {"columns": two, "index": [0, 1], "data": [["a", "x"], ["b", "y"]]}),
        case("lists.json", [["text"], ["a"]], refused="list of lists"),
        case("numbers.json", [1, 2], refused="neither an object nor a string"),
        Case("twice.json", b'[{"text": "a", "text": "b"}]', refused="twice"),
        *(Case(f"pretty.{end}", json.dumps(up, indent=2).encode(), two, rows)
          for end in ("csv", "log")),
        Case("not-a-number.jsonl", b'{"text": "a", "score": NaN}\n{"text": NaN, "score": 2}\n',
             ("text", "score"), [("a", None), (None, 2)]),
        Case("csv.json", b"id,text\n1,a\n", refused="is not JSON"),
        Case("python.json", b"[{'text': 'a'}]", refused="is not JSON"),
    ]  # fmt: skip


CASES = [*_drawn(), *_plain(), *_programs(), *_json()]
