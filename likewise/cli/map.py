"""`likewise map`: a collection in two dimensions."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from likewise.cli.collection import collection_option, encoder_here, open_collection
from likewise.cli.command import Command
from likewise.cli.options import json_option
from likewise.cli.output import note, note_kept, print_json, print_table, stages, table
from likewise.errors import InvalidOption

if TYPE_CHECKING:
    from likewise.collections import Collection
    from likewise.maps import Map

_BEGINNING = 4_000
"""Bytes of a file in which a map says that it is one."""

_WORDS = 60
"""Characters of a typical text that are shown."""


@click.command(
    cls=Command,
    examples=(
        "likewise map",
        "likewise map --html notes.html",
        "likewise map -c notes --layout umap --svg notes.svg --png notes.png",
    ),
)
@collection_option
@click.option("--html", metavar="OUT", help="Write one file that opens offline in any browser.")
@click.option("--svg", metavar="OUT", help="Write a picture for print.")
@click.option("--png", metavar="OUT", help="Write a picture of 1,600 × 1,200 pixels.")
@click.option(
    "--layout",
    type=click.Choice(["tsne", "umap", "pca"]),
    default="tsne",
    show_default=True,
    help="tsne keeps the most neighbours, umap is quicker, pca is instant.",
)
@click.option("--anew", is_flag=True, help="Draw it again, even if there is one.")
@click.option("--title", metavar="TEXT", help="Heading; by default the collection's name.")
@json_option
def command(
    name: str,
    html: str | None,
    svg: str | None,
    png: str | None,
    layout: str,
    anew: bool,
    title: str | None,
    as_json: bool,
) -> None:
    """Draw a map of a collection, and say where it misleads.

    Texts that mean nearly the same thing are close together, as far as two dimensions allow; the
    map says how many of each text's 15 true neighbours it keeps near. Clusters are found in all
    dimensions and named by words that are frequent in them and rare elsewhere. A map is kept with
    its collection; texts that are added later are placed on it, and nothing moves. If there is
    already a file at OUT, it is kept under another name unless it is a map of Likewise's.
    """
    from likewise.collections.measures.reading_notes import notes_on
    from likewise.files.vectors.columns import python_values
    from likewise.files.write import check_target

    outputs = {"html": html, "svg": svg, "png": png}
    targets = {kind: Path(name) for kind, name in outputs.items() if name is not None}
    for target in targets.values():
        check_target(target)
    opened = open_collection(name)
    if not opened.count:
        raise InvalidOption(
            f"The collection {opened.name} holds no texts.",
            f"Add some: likewise add FILE --collection {opened.name}.",
            param="collection",
        )
    with stages() as stage:
        made = opened.map(layout, anew=anew, progress=stage)
    for kind, target in targets.items():
        table_ = opened.rows() if kind == "html" else None
        columns = {} if table_ is None else {n: python_values(table_[n]) for n in opened.columns}
        write_picture(kind, target, made, opened.texts, title or opened.name, columns)
    if as_json:
        print_json(_told(made, opened))
    else:
        _print(made, opened)
    for said in notes_on(opened, encoder_here(opened)):
        note(said)


def write_picture(
    kind: str,
    target: Path,
    made: "Map",
    texts: Callable[[], Sequence[str]],
    title: str,
    columns: Mapping[str, Sequence[Any]],
) -> None:
    """Write a map as `html`, `svg` or `png`; any file there but an older map is kept."""
    from likewise.files.write import replace_keeping
    from likewise.maps.html import as_html
    from likewise.maps.picture import as_png, as_svg

    if kind == "png":
        raw = as_png(made, title=title)
    elif kind == "svg":
        raw = as_svg(made, title=title).encode()
    else:
        raw = as_html(made, texts(), title=title, columns=columns).encode()
    note_kept(replace_keeping(target, lambda file: file.write(raw), wanted=_is_foreign))
    note(f"{target} written.")


def _is_foreign(path: Path) -> bool:
    """Return whether a file is no map that Likewise has written: those can be drawn again."""
    from likewise.maps.made_by import MADE_BY

    with path.open("rb") as file:
        return MADE_BY.encode() not in file.read(_BEGINNING)


def _print(made: "Map", opened: "Collection") -> None:
    from likewise.maps.picture import caption
    from likewise.similarity.shown import one_line

    if made.levels:
        level = made.levels[0]
        ids = opened.ids
        texts = opened.texts([ids[cluster.typical] for cluster in level.clusters])
        out = table("texts", "about", "typical")
        for cluster, text in zip(level.clusters, texts, strict=True):
            about = one_line(", ".join(cluster.words))
            out.add_row(f"{cluster.size:,}", about, one_line(text, _WORDS))
        print_table(out)
    note(caption(made))


def _told(made: "Map", opened: "Collection") -> dict[str, object]:
    ids = opened.ids
    return {
        "collection": opened.name,
        "layout": made.layout,
        "encoder": made.identity.to_dict(),
        "kept": round(made.share_kept, 4),
        "trustworthiness": round(made.trustworthiness, 4),
        "neighbours": made.neighbours.indices.shape[1],
        "points": [
            {"id": id_, "point": [float(x), float(y)], "kept": round(float(kept), 4)}
            for id_, (x, y), kept in zip(ids, made.points, made.kept, strict=True)
        ],
        "clusters": [
            [
                {"words": list(c.words), "typical": ids[c.typical], "size": c.size}
                for c in level.clusters
            ]
            for level in made.levels
        ],
    }
