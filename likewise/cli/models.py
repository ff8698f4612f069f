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
    """List the encoders, and whether their models are on this machine."""
    rows = [*_built_in(), *_models()]
    if as_json:
        print_json(rows)
        return
    made = table("", "encoder", "what it is", "folder")
    for row in rows:
        made.add_row("✓" if row["ready"] else "–", row["name"], row["description"], row["folder"])
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

    NAME is minilm, or that of a BERT-family model on the Hugging Face hub.
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

    kind = source_of(name).kind
    if kind == "built in":
        note(f"{name} needs no model.")
    elif kind == "provider":
        note(f"{name} is at a provider, so its model is not on this machine.")
    return kind in {"built in", "provider"}


def _built_in() -> list[dict[str, Any]]:
    from likewise.encoders.catalogue import BUILT_IN

    return [
        {"name": name, "ready": True, "description": description, "folder": ""}
        for name, description in BUILT_IN.items()
    ]


def _models() -> list[dict[str, Any]]:
    """Return the catalogue, then what else was fetched from the hub."""
    from likewise.encoders.catalogue import CATALOGUE, model
    from likewise.encoders.local.weights import find
    from likewise.settings import settings

    known = [_described(wanted, find(wanted, settings())) for wanted in CATALOGUE.values()]
    repositories = {wanted.repository for wanted in CATALOGUE.values()}
    for folder in sorted((settings().cache / "models").glob("*--*/[!.]*/")):
        name = folder.parent.name.replace("--", "/", 1)
        if name not in repositories:
            known.append(_described(model(name), folder))
    return known


def _described(wanted: "Model", folder: Path | None) -> dict[str, Any]:
    return {
        "name": wanted.name,
        "ready": folder is not None,
        "description": wanted.description or "fetched from the hub",
        "folder": "" if folder is None else str(folder),
    }
