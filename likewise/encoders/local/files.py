"""The files that a model consists of: which to fetch, and whether all are there."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from likewise.encoders.local.modules import CONFIG, DEFAULT_POOLING, MODULES, read_modules
from likewise.encoders.local.tensors import INDEX, WEIGHTS, weight_files
from likewise.encoders.local.texts import PROMPTS, SENTENCE_CONFIGS, TOKENIZER_CONFIG
from likewise.errors import LikewiseError

TOKENIZER = "tokenizer.json"

FIRST_FILES = (
    CONFIG,
    MODULES,
    TOKENIZER,
    TOKENIZER_CONFIG,
    PROMPTS,
    *SENTENCE_CONFIGS,
    INDEX,
    "adapter_config.json",
    DEFAULT_POOLING + CONFIG,
)
"""Files to fetch first; they name all others (`named_files`)."""


def named_files(folder: Path, files: Iterable[str]) -> list[str]:
    """Return the files that those of `FIRST_FILES` in `folder` name or need.

    Args:
        folder: where these have been fetched to.
        files: names of all files that the model's source has.
    """
    there = set(files)
    entries = read_modules(folder)
    parts = ["", *(entry.part for entry in entries)]
    wanted = []
    for part in dict.fromkeys(parts):
        for name in (CONFIG, TOKENIZER, TOKENIZER_CONFIG, *SENTENCE_CONFIGS, INDEX):
            wanted.append(part + name)
        if part + WEIGHTS in there:
            wanted.append(part + WEIGHTS)
        else:
            wanted += weight_files(folder, part)
    return [name for name in dict.fromkeys(wanted) if name in there]


def is_whole(folder: Path) -> bool:
    """Whether every file that the folder's own files name is there; says nothing of contents."""
    try:
        entries = read_modules(folder)
        encoder = entries[0].part if entries else ""
        weighty = [encoder] + [e.part for e in entries[1:] if e.kind in ("Dense", "LayerNorm")]
        named = [encoder + TOKENIZER]
        named += [
            e.part + CONFIG for e in entries[1:] if e.kind in ("Pooling", "Dense", "LayerNorm")
        ]
        if not entries or entries[0].kind != "StaticEmbedding":
            named.append(encoder + CONFIG)
        for part in weighty:
            named += weight_files(folder, part) or [part + WEIGHTS]
    except LikewiseError:  # a broken file is told when the folder is read
        return (folder / CONFIG).is_file()
    return all((folder / name).is_file() for name in named)


def digest_of_files(folder: Path, files: list[str]) -> str:
    """Return the SHA-256 of a file, or of the digests of several in their order."""
    digests = [sha256_of(folder / file) for file in files]
    return (
        digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
    )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal characters."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
