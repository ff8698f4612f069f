"""Odd files as services and programs export them, each with what is right to make of it."""

import io
import json
import zipfile

from tests.files.odd.cases import PLAIN, Case, joined


def _zip(**members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/", 1).replace("_", "."), content)
    return packed.getvalue()


def _named() -> list[Case]:
    """Files that hold no table of ours, each named for what it is."""
    kinds: dict[str, tuple[bytes, str]] = {
        "tweets.js": (b'window.YTD.tweets.part0 = [\n {\n "tweet": {"id": "1"}}]', "JavaScript"),
        "jsonp.json": (b'callback([{"text":"a"}]);', "JavaScript"),
        "shortcut.gsheet": (b'{"":"WARNING!","doc_id":"1A","email":"a@b.c"}', "link to a document"),
        "mail.eml": (b"Date: Mon, 5 Jan 2026\nFrom: a@b.c\nSubject: x\n\nhello\n", "an e-mail"),
        "workbook.xls": (b"MIME-Version: 1.0\nX-Document-Type: Workbook\n\n--x\n", "an e-mail"),
        "saved.html": (b"<!-- saved --><!DOCTYPE html>\n<html></html>", "a web page"),
        "table.xls": (b'<html xmlns:x="urn:x"><table></table></html>', "a web page"),
        "dump.sql": (b"--\n-- PostgreSQL\n--\n\nSET timeout = 0;\n", "an SQL script"),
        "list.ris": (b"TY  - JOUR\nTI  - A title\nER  - \n", "references"),
        "pubmed.txt": (b"PMID- 1\nTI  - A title\n", "references"),
        "list.yml": (b"version: 2\nitems:\n  - text: a\n", "a YAML file"),
        "trees.conllu": (b"# id = 1\n1\tA\ta\tDET\t_\t_\t2\tdet\t_\t_\n", "CoNLL-U"),
        "survey.por": (b"ASCII SPSS PORT FILE          " * 5, "an SPSS file"),
        "old.dta": (bytes([105, 1, 1, 0]) + bytes(60), "a Stata file"),
        "grid.nc": (b"CDF\x01" + bytes(50), "a NetCDF file"),
        "old.xls": (bytes([9, 8, 8, 0, 0, 5, 5, 0]) + bytes(30), "of long ago"),
        "sheet.wk1": (bytes([0, 0, 2, 0, 6, 4]) + bytes(30), "of long ago"),
        "._t.csv": (b"\0\5\x16\7\0\2\0\0Mac OS X" + bytes(60), "what macOS keeps"),
        "t.lnk": (b"L\0\0\0\1\x14\2\0" + bytes(60), "a shortcut"),
        "rows.bson": (b"\x14\0\0\0\2text\0\5\0\0\0good\0\0", "a BSON dump"),
        "t.numbers": (_zip(Index__Document_iwa="x"), "Numbers"),
        "letter.docx": (_zip(word__document_xml="x"), "a Word document"),
        "two.zip": (_zip(a_csv="id\n1\n", b_csv="id\n2\n"), "2 tables"),
    }
    return [Case(name, content, refused=said) for name, (content, said) in kinds.items()]


def _second_names() -> list[Case]:
    """Tables whose first rows are more names, units or kinds of columns: read as rows, and told."""
    tables = {
        "units.csv": "name,price\n(text),(EUR)\nshoe,1.5\nhat,2.5\nbag,3\n",
        "kinds.csv": "id,text,score\nint,string,float\n1,good,0.5\n2,bad,0.1\n3,ok,0.9\n",
        "questions.csv": "Person,Q1,Q1\n,Response,Other\n1,Yes,\n2,No,none\n3,Yes,\n",
        "blank-name.csv": "Person,Liked it?,\n,Response,Other\n1,Yes,\n2,No,slow\n3,Yes,\n",
        "qualtrics.csv": "Day,Q1\nStart Date,How was it?\nImport1,Import2\n2026-01-02,good\n"
        "2026-01-03,bad\n2026-01-04,fine\n",
    }
    names = {"questions.csv": ("Person", "Q1", "Q1 2")}
    names["blank-name.csv"] = ("Person", "Liked it?", "column 3")
    return [
        Case(
            name,
            content.encode(),
            names.get(name, tuple(content.split("\n")[0].split(","))),
            [tuple(line.split(",")) for line in content.splitlines()[1:]],
            said="more names or units",
        )
        for name, content in tables.items()
    ]


def _told() -> list[Case]:
    """Files that are read as they stand, with a word about what they seem to be."""
    chat = "12/31/25, 11:59 PM - Anna: Happy new year\n1/1/26, 12:00 AM - Ben: Same to you\n"
    phone = "[31.12.25, 23:59:00] Anna: Happy new year\n[01.01.26, 00:00:00] Ben: You too\n"
    words = "EU NNP B-ORG\nrejects VBZ O\n\nPeter NNP B-PER\n"
    sap = "------\n|Id|Text |\n------\n|1 |good |\n|2 |bad  |\n------\n"
    two = ("id", "text")
    found = [
        Case(name, content.encode(), ("text",), [(line,) for line in content.splitlines()],
             said=said)
        for name, content, said in (
            ("chat.txt", chat, "those of a chat"),
            ("chat-of-a-telephone.txt", phone, "those of a chat"),
            ("words.txt", words, "CoNLL"),
        )
    ]  # fmt: skip
    return [
        *found,
        Case("list-of-sap.txt", sap.encode(), ("Id", "Text"), [("1", "good"), ("2", "bad")],
             said="drawn with bars"),
        Case("twice-encoded.csv", "id,text\n1,grÃ¶ÃŸe\n2,x\n".encode(), two,
             [("1", "grÃ¶ÃŸe"), ("2", "x")], said="wrong encoding once"),
        Case("guarded-by-excel.csv", b'id,text\n="007",good\n="008",bad\n', two,
             [('="007"', "good"), ('="008"', "bad")], said="as they stand"),
        Case("thousands.csv", b"item,price\na,1,234.50\nb,12,000\nc,3,100.25\n",
             ("column 1", "item", "price"),
             [("a", "1", "234.50"), ("b", "12", "000"), ("c", "3", "100.25")],
             said="commas stand between thousands"),
        Case("blank-row-first.csv", b",,\n,text,label\n,good,up\n,bad,down\n",
             ("column 1", "text", "label"), [("", "good", "up"), ("", "bad", "down")],
             said="not part of the table"),
        Case("literal-marks.tsv", b'id\ttext\n1\the said "no"\n2\t"yes" she said\n3\t"all"\n', two,
             [("1", 'he said "no"'), ("2", '"yes" she said'), ("3", '"all"')], said="part of"),
        Case("readme-beside.zip", _zip(data_csv="id,text\n1,good\n2,bad\n", README_md="# hello\n"),
             two, [("1", "good"), ("2", "bad")], said="'data.csv'"),
        Case("of-powershell.csv", b'#TYPE System.X\r\n"id","text"\r\n"1","good"\r\n"2","bad"\r\n',
             two, [("1", "good"), ("2", "bad")], said="not part of the table"),
    ]  # fmt: skip


def _right() -> list[Case]:
    """Exports that need no word."""
    two = ("id", "text")
    rows = [{"id": "1", "text": "good", "meta": {"a": 1}}, {"id": "2", "text": "bad"}]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    return [
        Case("forms.csv",
             b'"Timestamp","How was it?"\r\n"2026/01/02 3:04:05 PM GMT+1","a\nb, c"\r\n'
             b'"2026/01/03 3:04:05 PM GMT+1","d"\r\n', ("Timestamp", "How was it?"),
             [("2026/01/02 3:04:05 PM GMT+1", "a\nb, c"), ("2026/01/03 3:04:05 PM GMT+1", "d")]),
        Case("minus-behind.csv", b"Nr;Text;Sum\n0001;a, b;1.234,50-\n0002;c;3,10-\n",
             ("Nr", "Text", "Sum"), [("0001", "a, b", "1.234,50-"), ("0002", "c", "3,10-")]),
        Case("zeros-kept.csv", b"zip,text\n01067,good\n00501,bad\n", ("zip", "text"),
             [("01067", "good"), ("00501", "bad")]),
        Case("outlook.csv", b'"Subject","Body"\r\n"Hi","Dear all,\r\n\r\nplease ""reply""."\r\n',
             ("Subject", "Body"), [("Hi", 'Dear all,\r\n\r\nplease "reply".')]),
        Case("prodigy.jsonl", lines.encode(), ("id", "text", "meta"),
             [("1", "good", '{"a":1}'), ("2", "bad", None)]),
        Case("sequence.json", b'\x1e{"id":"1","text":"a"}\n\x1e{"id":"2","text":"b"}\n', two,
             [("1", "a"), ("2", "b")]),
        Case("returns-and-marks.csv", b'id,text\r1,"a, b"\r2,"c\rd"\r', two,
             [("1", "a, b"), ("2", "c\rd")]),
        Case("separators-at-ends.csv", b"id;text;;;\n1;good;;;\n2;bad;;;\n", two,
             [("1", "good"), ("2", "bad")]),
    ]  # fmt: skip


def _relatives() -> list[Case]:
    """Relatives of what is above: what changes midway, footers, and names that mean something."""
    return [
        Case(
            "a footer that tells how many.csv",
            (joined(PLAIN, ",") + "Total: 6 rows\n").encode(),
            rows=PLAIN,
            aside=(8,),
        ),
        Case(
            "another separator from the middle on.csv",
            (joined(PLAIN, ",") + joined(PLAIN[:2], ";", None)).encode(),
            rows=PLAIN,
            aside=(8, 9),
        ),
        Case(
            "sep line in utf-16 with a mark.csv",
            ("\ufeffsep=;\r\n" + joined(PLAIN, ";").replace("\n", "\r\n")).encode("utf-16-le"),
            rows=PLAIN,
        ),
        Case(
            "names of what is missing are labels.csv",
            b"text,label\ngood day,NA\nbad day,None\nso so,null\nhm,#N/A\nah,nan\noh,-\nNA,n/a\n",
            columns=("text", "label"),
            rows=[
                ("good day", "NA"),
                ("bad day", "None"),
                ("so so", "null"),
                ("hm", "#N/A"),
                ("ah", "nan"),
                ("oh", "-"),
                ("NA", "n/a"),
            ],
        ),
        Case(
            "zeros before numbers.csv",
            b"code,text,label\n007,good day,01\n010,bad day,1\n1e5,so so,1.0\n",
            columns=("code", "text", "label"),
            rows=[("007", "good day", "01"), ("010", "bad day", "1"), ("1e5", "so so", "1.0")],
        ),
        Case(
            "names that differ in case and form.csv",
            "text,Text,caf\u00e9,cafe\u0301\na b,c d,1,2\ne f,g h,3,4\n".encode(),
            columns=("text", "Text", "caf\u00e9", "cafe\u0301"),
            rows=[("a b", "c d", "1", "2"), ("e f", "g h", "3", "4")],
        ),
        Case(
            "names of Python and of ours.csv",
            b"text,__class__,self,vector,rejected,truncated\na b,1,2,3,4,5\nc d,6,7,8,9,0\n",
            columns=("text", "__class__", "self", "vector", "rejected", "truncated"),
            rows=[("a b", "1", "2", "3", "4", "5"), ("c d", "6", "7", "8", "9", "0")],
        ),
        Case(
            "full-width commas.csv",
            ("id\uff0ctext\n" + "".join(f"{n}\uff0cgood day\n" for n in range(5))).encode(),
            columns=("id\uff0ctext",),
            rows=[(f"{n}\uff0cgood day",) for n in range(5)],
            said="--separator '\uff0c' reads it so",
        ),
        Case(
            "a file of rows and a schema.json",
            b'{"schema": {"fields": [{"name": "text"}, {"name": "n"}]}, "data": [{"text": "a b"}]}',
            columns=("text",),
            rows=[("a b",)],
            said="are those of 'data'",
        ),
    ]


CASES = [*_named(), *_second_names(), *_told(), *_right(), *_relatives()]
