"""`likewise models`: the models on this machine, and how to get them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from likewise.cli.command import Group
from likewise.cli.encoder import fetch as fetch_with_progress
from likewise.cli.options import json_option
from likewise.cli.output import note, print_json, print_line, print_table, table

if TYPE_CHECKING:
    from likewise.encoders.catalogue import Model


@click.group(
    invoke_without_command=True,
    cls=Group,
    examples=(
        "likewise models",
        "likewise models fetch minilm",
        "likewise models verify",
    ),
)
@click.pass_context
def command(context: click.Context) -> None:
    """List, fetch and verify models."""
    if context.invoked_subcommand is None:
        context.invoke(list_models)


@command.command("list", examples=("likewise models list --json",))
@json_option
def list_models(as_json: bool = False) -> None:
    """List encoders, what each is good for, and whether its model is on this machine.

    Those marked – are suggestions, one for each purpose. You can also name any other model on the
    Hugging Face hub.
    """
    rows = _rows()
    if as_json:
        print_json(rows)
        return
    made = table("", "encoder", "what it is", "languages", "licence", ">download", "folder")
    for row in rows:
        made.add_row(
            "✓" if row["ready"] else "–",
            row["name"],
            row["description"],
            row["languages"] or "",
            row["licence"] or "",
            "" if row["ready"] else _size(row["download_bytes"]),
            row["folder"],
        )
    print_table(made)
    if not all(row["ready"] for row in rows):
        note("–: not on this machine yet; `likewise models fetch NAME` gets it.")


@command.command(
    examples=(
        "likewise models fetch",
        "likewise models fetch BAAI/bge-small-en-v1.5",
    )
)
@click.argument("name", default="minilm")
def fetch(name: str) -> None:
    """Fetch a model, verify it, and print its folder.

    NAME is minilm, or that of a model on the Hugging Face hub.
    """
    from likewise.encoders.catalogue import model
    from likewise.encoders.local import weights
    from likewise.settings import settings

    if _needs_none(name):
        return
    fetch_with_progress(name)
    print_line(str(weights.fetch(model(name), settings())))


@command.command(examples=("likewise models verify minilm",))
@click.argument("name", default="minilm")
def verify(name: str) -> None:
    """Check the files of a model on this machine against the digests that they must have."""
    from likewise.encoders.catalogue import model
    from likewise.encoders.local import weights
    from likewise.errors import WeightsMissing
    from likewise.settings import settings

    if _needs_none(name):
        return
    wanted = model(name)
    folder = weights.find(wanted, settings())
    if folder is None:
        raise WeightsMissing(
            f"The model {name} is not on this machine.", f"Run `likewise models fetch {name}`."
        )
    weights.verify(wanted, folder)
    for file in wanted.digests:
        print_line(f"✓ {folder / file}")
    if not wanted.digests:
        note(f"Likewise knows no digests of {name}, so there is nothing to check {folder} against.")


def _needs_none(name: str) -> bool:
    """Whether an encoder needs no model; then that is said."""
    from likewise.encoders.names import source_of

    source = source_of(name)
    kind = source.kind
    if kind == "folder":
        note(f"{source.name} is a folder of this machine: there is nothing to fetch or to verify.")
    elif kind == "built in":
        note(f"{name} needs no model.")
    elif kind == "provider":
        note(f"{name} is at a provider, so its model is not on this machine.")
    return kind != "hub"


def _rows() -> list[dict[str, Any]]:
    """Return what needs no model, the catalogue, suggestions, and what else was fetched."""
    from likewise.encoders.catalogue import BUILT_IN, CATALOGUE, SUGGESTED, model
    from likewise.encoders.local.weights import find
    from likewise.settings import settings

    chosen = settings()
    nothing = dict.fromkeys(
        ("purpose", "languages", "licence", "dims", "max_tokens", "download_bytes")
    )
    rows: list[dict[str, Any]] = [
        {"name": name, "description": text, **nothing, "ready": True, "folder": ""}
        for name, text in BUILT_IN.items()
    ]
    known = {wanted.repository: wanted for wanted in (CATALOGUE | SUGGESTED).values()}
    rows += [_described(wanted, find(wanted, chosen)) for wanted in known.values()]
    for folder in sorted((chosen.cache / "models").glob("*--*/[!.]*/")):
        name = folder.parent.name.replace("--", "/", 1)
        if name not in known:
            rows.append(_described(model(name), folder))
    return rows


def _described(wanted: "Model", folder: Path | None) -> dict[str, Any]:
    return {
        **wanted.to_dict(),
        "description": wanted.description or "fetched from the hub",
        "ready": folder is not None,
        "folder": "" if folder is None else str(folder),
    }


def _size(size: int | None) -> str:
    return "" if size is None else f"{size / 1e6:,.0f} MB"
