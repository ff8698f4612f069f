"""Makes the tables of this folder: `python -m tests.files.office.make`.

LibreOffice and Gnumeric make them; they are committed, so that tests need neither. The workbook
below is written as flat OpenDocument; the programs compute its formulas and save it in the ways
that people do.
"""

import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_NAMESPACES = f'xmlns:of="{_OASIS}:of:1.2" ' + " ".join(
    f'xmlns:{name}="{_OASIS}:{full}:1.0"'
    for name, full in {
        "office": "office", "table": "table", "text": "text", "style": "style",
        "number": "datastyle",
    }.items()
)  # fmt: skip


def _cell(kind: str, shown: str, **more: str) -> str:
    attributes = "".join(
        f' {name.replace("__", ":").replace("_", "-")}="{value}"' for name, value in more.items()
    )
    lines = "".join(f"<text:p>{line}</text:p>" for line in shown.split("\n"))
    return f'<table:table-cell office:value-type="{kind}"{attributes}>{lines}</table:table-cell>'


def _text(shown: str, **more: str) -> str:
    return _cell("string", shown, **more)


def _row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


_COVERED = "<table:covered-table-cell/>"
_NONE = "<table:table-cell/>"


def _sheet(name: str, *rows: str, style: str = "shown") -> str:
    return (
        f'<table:table table:name="{name}" table:style-name="{style}">{"".join(rows)}</table:table>'
    )


def _formula(kind: str, formula: str, style: str = "") -> str:
    named = f' table:style-name="{style}"' if style else ""
    value = ' office:string-value=""' if kind == "string" else ' office:value="0"'
    return (
        f'<table:table-cell table:formula="of:={formula}"{named} office:value-type="{kind}"'
        f"{value}/>"
    )


def workbook() -> str:
    """Return the workbook as flat OpenDocument."""
    names = ("code", "text", "label", "day", "share", "sure", "total", "key")
    rows = [
        _row(*map(_text, names)),
        _row(
            _text("007"), _text("the parcel arrived early; thank you"),
            _text("praise", table__number_rows_spanned="2", table__number_columns_spanned="1"),
            _cell("date", "2026-02-03", office__date_value="2026-02-03", table__style_name="day"),
            _cell("percentage", "12.5 %", office__value="0.125", table__style_name="share"),
            _cell("boolean", "TRUE", office__boolean_value="true", table__style_name="yes"),
            _formula("float", "1+2"), _text("9007199254740993123"),
        ),
        _row(
            _text("008"), _text('she said "never again",\nand left'), _COVERED,
            _cell("date", "", office__date_value="2026-02-04T15:30:00", table__style_name="time"),
            _cell("percentage", "50 %", office__value="0.5", table__style_name="share"),
            _cell("boolean", "FALSE", office__boolean_value="false", table__style_name="yes"),
            _formula("float", "1/0"), _text("00120"),
        ),
        _row(
            _text("009"), _formula("string", "CONCATENATE(&quot;grüße&quot;;&quot; 🙂&quot;)"),
            _text("question"),
            _cell("date", "2026-02-05", office__date_value="2026-02-05", table__style_name="day"),
            _NONE, _NONE, _formula("float", "NA()"), _text("=A1"),
        ),
    ]  # fmt: skip
    hidden = _row(_text("secret"), _text("not to be read"))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document {_NAMESPACES} '
        'office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.spreadsheet">'
        "<office:automatic-styles>"
        '<number:date-style style:name="d"><number:year number:style="long"/><number:text>-'
        '</number:text><number:month number:style="long"/><number:text>-</number:text>'
        '<number:day number:style="long"/></number:date-style>'
        '<number:date-style style:name="t"><number:year number:style="long"/><number:text>-'
        '</number:text><number:month number:style="long"/><number:text>-</number:text>'
        '<number:day number:style="long"/><number:text> </number:text><number:hours '
        'number:style="long"/><number:text>:</number:text><number:minutes number:style="long"/>'
        "</number:date-style>"
        '<number:percentage-style style:name="p"><number:number number:decimal-places="1"/>'
        "<number:text>%</number:text></number:percentage-style>"
        '<number:boolean-style style:name="b"><number:boolean/></number:boolean-style>'
        '<style:style style:name="day" style:family="table-cell" style:data-style-name="d"/>'
        '<style:style style:name="time" style:family="table-cell" style:data-style-name="t"/>'
        '<style:style style:name="share" style:family="table-cell" style:data-style-name="p"/>'
        '<style:style style:name="yes" style:family="table-cell" style:data-style-name="b"/>'
        '<style:style style:name="shown" style:family="table"><style:table-properties '
        'table:display="true"/></style:style><style:style style:name="hidden" '
        'style:family="table"><style:table-properties table:display="false"/></style:style>'
        "</office:automatic-styles><office:body><office:spreadsheet>"
        # one that is shown comes first: LibreOffice hides no sheet that is the first for Excel
        f"{_sheet('Answers', *rows)}{_sheet('Notes', hidden, style='hidden')}"
        "</office:spreadsheet></office:body></office:document>"
    )


CSV = {
    # separator, mark, encoding (76 UTF-8, 1 cp1252, 65535 UTF-16), first line, columns, language,
    # all quoted, numbers as shown, …, sheet 1
    "semicolons": "59,34,76,1,,0,false,true,false,false,false,1",
    "quoted": "44,34,76,1,,0,true,true,false,false,false,1",
    "unicode": "9,34,65535,1,,0,false,true,false,false,false,1",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "answers.fods"
        source.write_text(workbook(), encoding="utf-8")
        office = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"]

        def convert(to: str, made: Path, kept: str) -> None:
            done = [*office, "--convert-to", to, "--outdir", folder, str(source)]
            subprocess.run(done, check=True, capture_output=True)
            (HERE / kept).write_bytes(made.read_bytes())
            made.unlink()

        for ending in ("xlsx", "ods", "xls"):
            convert(ending, source.with_suffix(f".{ending}"), f"libreoffice.{ending}")
        for name, options in CSV.items():
            made = source.with_name("answers-Answers.csv")
            convert(f"csv:Text - txt - csv (StarCalc):{options}", made, f"libreoffice-{name}.csv")
        # Gnumeric reads what LibreOffice saved, and saves it in its own way
        for ending in ("xlsx", "ods"):
            subprocess.run(
                ["ssconvert", HERE / "libreoffice.ods", HERE / f"gnumeric.{ending}"],
                check=True, capture_output=True,
            )  # fmt: skip


if __name__ == "__main__":
    main()
