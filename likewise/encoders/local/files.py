"""The files that a model consists of: which to fetch, and whether all are there."""

import hashlib
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from likewise.encoders.graphs.families import FAMILIES, foreign_code
from likewise.encoders.local.modules import CONFIG, DEFAULT_POOLING, MODULES, read_modules
from likewise.encoders.local.onnx_tensors import named_tensor_files
from likewise.encoders.local.schema import missing, read_object, unsupported
from likewise.encoders.local.tensors import INDEX, WEIGHTS, weight_files
from likewise.encoders.local.texts import (
    ADDED_TOKENS,
    PROMPTS,
    SENTENCE_CONFIGS,
    SPECIAL_TOKENS,
    TOKENIZER_CONFIG,
)
from likewise.errors import LikewiseError, UnsupportedModel, WeightsMissing

TOKENIZER = "tokenizer.json"
MODEL2VEC = "model2vec"
"""The `model_type` of model2vec's own folders."""

_SETTLED = 5_000_000_000
"""Nanoseconds after which a file that is changed again has another time: clocks of files are
coarse, those of other machines a little off."""

_SLOW_TOKENIZERS = (
    "vocab.txt",
    "vocab.json",
    "sentencepiece.bpe.model",
    "spiece.model",
    "tokenizer.model",
)
"""Files of tokenizers from which `tokenizer.json` can be made."""

ONNX_FILES = ("onnx/model.onnx", "model.onnx")

FIRST_FILES = (
    CONFIG,
    MODULES,
    TOKENIZER,
    TOKENIZER_CONFIG,
    ADDED_TOKENS,
    SPECIAL_TOKENS,
    PROMPTS,
    *SENTENCE_CONFIGS,
    INDEX,
    "adapter_config.json",
    DEFAULT_POOLING + CONFIG,
)
"""Files to fetch first; they name all others (`named_files`)."""


def named_files(folder: Path, files: Iterable[str]) -> list[str]:
    """Return the files that those in `folder` name or need, once `FIRST_FILES` are there.

    An ONNX file names others only when it is there itself.

    Args:
        folder: where these have been fetched to.
        files: names of all files that the model's source has.
    """
    there = set(files)
    entries = read_modules(folder)
    encoder = entries[0].part if entries else ""
    onnx = _onnx_among(folder, encoder, there)
    wanted = []
    for part in dict.fromkeys([encoder, *(entry.part for entry in entries)]):
        wanted += [
            part + name
            for name in (CONFIG, TOKENIZER, TOKENIZER_CONFIG, ADDED_TOKENS, SPECIAL_TOKENS, INDEX)
        ]
        wanted += [part + name for name in SENTENCE_CONFIGS]
        if part != encoder or onnx is None:
            single = part + WEIGHTS
            wanted += [single] if single in there else weight_files(folder, part)
    if onnx:
        wanted += [onnx, *(named_tensor_files(folder, onnx) if (folder / onnx).is_file() else [])]
    return [name for name in dict.fromkeys(wanted) if name in there]


def _onnx_among(folder: Path, part: str, there: set[str]) -> str | None:
    """Return the ONNX file to fetch, None where weights are to be fetched that we compute with."""
    content = read_object(folder / part / CONFIG)
    kind = content.get("model_type")
    ours = not isinstance(kind, str) or kind in FAMILIES or kind == MODEL2VEC
    if ours and not foreign_code(content) and (part + WEIGHTS in there or part + INDEX in there):
        return None
    return next((part + name for name in ONNX_FILES if part + name in there), None)


def is_whole(folder: Path) -> bool:
    """Whether every file that the folder's own files name is there; says nothing of contents."""
    return not absent_files(folder)


def absent_files(folder: Path) -> list[str]:
    """Return the files that a model needs, or that the folder's own files name, and that lack."""
    try:
        entries = read_modules(folder)
        part = entries[0].part if entries else ""
        named = [part + TOKENIZER]
        if not entries or entries[0].kind != "StaticEmbedding":
            named.append(part + CONFIG)
        own, onnx = weight_files(folder, part), onnx_file(folder, part)
        named += own or [onnx or part + WEIGHTS]
        named += named_tensor_files(folder, onnx) if onnx and not own else []
        for entry in entries[1:]:
            if entry.kind in ("Pooling", "Dense", "LayerNorm"):
                named.append(entry.part + CONFIG)
            if entry.kind in ("Dense", "LayerNorm"):
                named += weight_files(folder, entry.part) or [entry.part + WEIGHTS]
    except LikewiseError:  # a broken file is told when the folder is read
        named = [CONFIG]
    return [name for name in named if not (folder / name).is_file()]


def without_tokenizer(folder: Path, part: str) -> WeightsMissing | UnsupportedModel:
    """Return the error for a folder without `tokenizer.json`, which names what is there instead."""
    for name in _SLOW_TOKENIZERS:
        if (folder / part / name).is_file():
            return unsupported(
                folder,
                f"its tokenizer is only in {part}{name}, and not in {TOKENIZER}",
                "Write that file once: load the folder with transformers.AutoTokenizer and call "
                "save_pretrained(folder).",
            )
    return missing(folder, part + TOKENIZER, MODULES if part else "")


def onnx_file(folder: Path, part: str = "") -> str | None:
    """Return the path, inside `folder`, of the ONNX file of `folder / part`, if it has one."""
    for name in ONNX_FILES:
        if (folder / part / name).is_file():
            return part + name
    return None


def digest_of_files(folder: Path, files: list[str]) -> str:
    """Return the SHA-256 of a file, or of the digests of several in their order."""
    digests = [sha256_of(folder / file) for file in files]
    return (
        digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
    )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal characters.

    Of one that has long been as it is it is taken once: a model's weights are first verified, then
    a part of its identity.
    """
    state = path.stat()
    changed = max(state.st_mtime_ns, state.st_ctime_ns)
    if time.time_ns() - changed < _SETTLED:
        return _hashed(path)
    return _hashed_once(path, state.st_dev, state.st_ino, state.st_size, changed)


def _hashed(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=256)
def _hashed_once(path: Path, *_: int) -> str:
    return _hashed(path)
