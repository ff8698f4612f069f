"""Options that several commands take: one spelling and one meaning each."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import click

from likewise.files.options import ReadingOptions


class Respelt(click.Option):
    """An option whose help shows its first spelling alone; older ones are understood."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the spelling and the help text."""
        every, self.opts = self.opts, self.opts[:1]
        try:
            return super().get_help_record(ctx)
        finally:
            self.opts = every


def text_option(help_: str = "Column of FILE that holds the texts.") -> Callable[[Any], Any]:
    """Return the option that names the column of the texts."""
    return click.option("--text", "--text-column", "text", cls=Respelt, metavar="NAME", help=help_)


class _Formats(click.Choice[str]):
    """The formats that are read; their table is imported when one is named or help is shown."""

    def __init__(self) -> None:
        self.case_sensitive = True

    @cached_property
    def choices(self) -> tuple[str, ...]:  # type: ignore[override]
        """Their names."""
        from likewise.files.formats import READ

        return READ


_READING = (
    click.option("--input-format", type=_Formats(), help="Default: guessed from FILE."),
    click.option("--encoding", metavar="NAME", help="Text encoding of FILE, e.g. cp1252."),
    click.option("--separator", metavar="MARK", help="Separator between cells, e.g. ';' or tab."),
    click.option(
        "--quotes",
        metavar="MARK",
        help="Quotation mark around cells; none if marks are part of the text.",
    ),
    click.option(
        "--header/--no-header",
        default=None,
        help="Whether the first row names the columns; guessed by default.",
    ),
    click.option("--sheet", metavar="NAME", help="Sheet of a spreadsheet, by name or number."),
    click.option("--strict", is_flag=True, help="Stop at the first row that can't be understood."),
)


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command all options of reading a file, as one `ReadingOptions` named `reading`."""

    @functools.wraps(command)
    def collected(
        *arguments: Any,  # noqa: ANN401
        input_format: str | None,
        encoding: str | None,
        separator: str | None,
        quotes: str | None,
        header: bool | None,
        sheet: str | None,
        strict: bool,
        **options: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        reading = ReadingOptions(
            format=input_format,
            encoding=encoding,
            separator=separator,
            quotes=quotes,
            header=header,
            sheet=sheet,
            strict=strict,
        )
        return command(*arguments, reading=reading, **options)

    decorated: Callable[..., Any] = collected
    for option in reversed(_READING):
        decorated = option(decorated)
    return decorated


json_option = click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")

max_cost_option = click.option(
    "--max-cost",
    type=click.FloatRange(min=0),
    metavar="DOLLARS",
    help="Most to spend at a provider; what was done by then is kept.",
)

encoder_option = click.option(
    "--encoder",
    "-e",
    metavar="NAME",
    help="minilm, sha256, a model folder, a name on the Hugging Face hub, or that of a "
    "provider's model.  "
    "[default: LIKEWISE_ENCODER or minilm]",
)

_ENCODER = (
    encoder_option,
    click.option(
        "--prefix",
        metavar="TEXT",
        help="Put before each text, for models trained with one, e.g. 'query: ' or 'passage: '; or "
        "the name of a prompt that the model declares.",
    ),
    click.option(
        "--dims",
        type=click.IntRange(min=1),
        metavar="N",
        help="Numbers per vector, fewer than the model gives, for models trained for it "
        "(Matryoshka).",
    ),
)


@dataclass(frozen=True)
class EncoderOptions:
    """Which encoder a command is to work with; None is left to the settings and the model."""

    name: str | None = None
    prefix: str | None = None
    dims: int | None = None

    @property
    def stated(self) -> bool:
        """Whether any of them was given."""
        return self != EncoderOptions()


def encoder_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command all options of an encoder, as one `EncoderOptions` named `asked`."""

    @functools.wraps(command)
    def collected(
        *arguments: Any,  # noqa: ANN401
        encoder: str | None,
        prefix: str | None,
        dims: int | None,
        **options: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        return command(*arguments, asked=EncoderOptions(encoder, prefix, dims), **options)

    decorated: Callable[..., Any] = collected
    for option in reversed(_ENCODER):
        decorated = option(decorated)
    return decorated
