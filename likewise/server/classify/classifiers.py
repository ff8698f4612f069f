"""Trained models that the operator offers: the files of one folder, and nothing else."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from likewise.classify.data.labels import spelt
from likewise.classify.model import ClassModel, Model, NumberModel
from likewise.classify.saved import artifact
from likewise.classify.training_data import Kind
from likewise.errors import (
    InvalidOption,
    LikewiseError,
    NotFound,
    UnreadableFile,
    shown,
    shown_setting,
)
from likewise.server.engine.registry import name_for_visitors

log = logging.getLogger(__name__)

ENDING = ".likewise"

_HALVES = re.compile("[\ud800-\udfff]")
"""Halves of characters, which stand for bytes of a file's name that are no text."""


@dataclass(frozen=True, eq=False)
class _Loaded:
    model: Model
    stamp: tuple[int, int]


class Classifiers:
    """Models by the names of their files; one that was written anew is read anew.

    A visitor's name is looked for among those that are there: it never becomes a path.

    Raises:
        InvalidOption: `folder` is none.
    """

    def __init__(self, folder: Path | None) -> None:
        if folder is not None and not folder.is_dir():
            raise InvalidOption(
                f"LIKEWISE_CLASSIFIERS can't be {shown_setting(folder)}: there is no such folder.",
                "Name the folder that holds the models, each as NAME.likewise.",
                param="LIKEWISE_CLASSIFIERS",
            )
        self._folder = folder
        self._loaded: dict[str, _Loaded] = {}
        self._left_out: set[str] = set()
        """Models that the log has told of as damaged."""

    def names(self) -> list[str]:
        """Return the names of all models, in alphabetical order."""
        if self._folder is None or not self._folder.is_dir():
            return []
        # one that is called only .likewise has no name, and one of bytes that are no text has none
        # that a request could hold
        return sorted(
            path.stem
            for path in self._folder.glob(f"?*{ENDING}")
            if path.is_file() and not _HALVES.search(path.stem)
        )

    def get(self, name: str) -> Model:
        """Return a model.

        Raises:
            NotFound: there is none of that name.
            UnreadableFile: it is damaged.
        """
        names = self.names()
        if name not in names or self._folder is None:
            listed = ", ".join(names[:20]) or "none: LIKEWISE_CLASSIFIERS names their folder"
            raise NotFound(
                "model",
                f"This server has no model {shown(name)}.",
                f"It has {listed}.",
                param="model",
            )
        path = self._folder / f"{name}{ENDING}"
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._loaded.get(name)
        if known is None or known.stamp != stamp:
            known = self._loaded[name] = _Loaded(_load(path, name), stamp)
        return known.model

    def describe(self) -> list[dict[str, Any]]:
        """Return what each model is; one that can't be read is left out."""
        found = []
        for name in self.names():
            try:
                model = self.get(name)
            except (LikewiseError, OSError) as error:
                if name not in self._left_out:
                    log.warning("the model %s is left out: %s", shown(name), error)
                    self._left_out.add(name)
                continue
            self._left_out.discard(name)
            identity = model.identity
            found.append(
                {
                    "name": name,
                    "kind": _kind(model),
                    "classes": []
                    if isinstance(model, NumberModel)
                    else [spelt(label) for label in model.classes],
                    "model": model.facts.model,
                    "texts": model.facts.rows,
                    "made": model.facts.made,
                    "encoder": name_for_visitors(identity.name) if identity else "",
                }
            )
        return found


def _kind(model: Model) -> Kind:
    if isinstance(model, NumberModel):
        return "numbers"
    return "classes" if isinstance(model, ClassModel) else "multi-label"


def _load(path: Path, name: str) -> Model:
    """Read a model; an error names the model, not where it lies."""
    try:
        return artifact.load(path)
    except UnreadableFile as error:
        problem = error.problem.replace(shown(str(path)), shown(name))
        raise UnreadableFile(
            problem, "Ask whoever runs this server to replace it.", param="model"
        ) from None
