"""Text to token ids, with an honest count of what the model will not read."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.encoders.local.packing import Ints
from likewise.errors import WeightsCorrupt, shown
from likewise.types import TokenCounts

CHARACTERS_PER_TOKEN = 250
"""A text is read up to this many characters per token that the model takes: tokenising a
megabyte takes seconds even where nearly all of it is then dropped."""

_AT_ONCE = 512
"""Texts tokenised at a time: the library's own token objects take some 25 kB a text."""

_QUICK_CHARACTERS = 2_000
"""Up to here a text is tokenised in less than a millisecond or two, during which all else waits."""

Tokenised = tuple[list[Ints], TokenCounts]
"""For each text the ids that the model reads, and its counts (of the characters up to the cap)."""


class TextTokenizer:
    """A model's own tokenizer; safe to share between threads."""

    def __init__(self, path: Path, *, max_tokens: int, prefix: str) -> None:
        """Read `tokenizer.json`.

        Raises:
            WeightsCorrupt: the file is not a tokenizer.
        """
        self.max_tokens = max_tokens
        self.prefix = prefix
        self._tokenizer = _read(path)
        self._unknown = _unknown_id(self._tokenizer)

    def tokenise(self, texts: Sequence[str]) -> Tokenised:
        """Return ids and counts of texts that `texts_of` has seen."""
        ids: list[Ints] = []
        counts = np.empty(len(texts), np.int32)
        unknown = np.zeros(len(texts), np.int32)
        cut = np.empty(len(texts), np.bool_)
        for start in range(0, len(texts), _AT_ONCE):
            part = [self._cap(text) for text in texts[start : start + _AT_ONCE]]
            for encoding in self._encode(part):
                every = np.array(encoding.ids, np.int32)
                counts[len(ids)] = len(every)
                if self._unknown is not None:
                    unknown[len(ids)] = np.count_nonzero(every == self._unknown)
                ids.append(self._keep(every))
        for index, text in enumerate(texts):
            cut[index] = len(text) > self._characters
        return ids, TokenCounts(counts, (counts > self.max_tokens) | cut, unknown)

    def places(self, text: str) -> npt.NDArray[np.int32]:
        """Return where in `text` each id of `tokenise` stands; int32, shape (tokens, 2).

        Start and end in characters; both 0 for special tokens and those of the prefix.
        """
        encoding = self._tokenizer.encode(self._cap(text))
        places = np.array(encoding.offsets, np.int32).reshape(-1, 2) - len(self.prefix)
        places[(np.array(encoding.special_tokens_mask) == 1) | (places[:, 1] <= 0)] = 0
        return self._keep(places.clip(min=0))

    def _encode(self, texts: list[str]) -> list[Any]:
        if len(texts) == 1 and len(texts[0]) <= _QUICK_CHARACTERS:
            # keeps the interpreter's lock: to get it back on a busy server takes longer than this
            return [self._tokenizer.encode(texts[0])]
        encoded: list[Any] = self._tokenizer.encode_batch_fast(texts)
        return encoded

    @property
    def _characters(self) -> int:
        return CHARACTERS_PER_TOKEN * self.max_tokens

    def _cap(self, text: str) -> str:
        return self.prefix + text[: self._characters]

    def _keep(self, ids: Ints) -> Ints:
        """Return what the model reads, the closing special token kept as its authors do."""
        if len(ids) <= self.max_tokens:
            return ids
        return np.concatenate([ids[: self.max_tokens - 1], ids[-1:]])


def _unknown_id(tokenizer: Any) -> int | None:  # noqa: ANN401
    """Return the id that stands for what the vocabulary lacks, None where nothing does.

    Byte-level tokenizers spell everything. The library names the token, or for Unigram its id.
    """
    model = json.loads(tokenizer.to_str())["model"]
    number = model.get("unk_id")
    if isinstance(number, int):
        return number
    name = model.get("unk_token")
    found: int | None = tokenizer.token_to_id(name) if isinstance(name, str) else None
    return found


def _read(path: Path) -> Any:  # noqa: ANN401
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise WeightsCorrupt(
            f"{shown(str(path), 200)} is not a tokenizer that can be read: {error}.",
            "Fetch the model again, or restore the file from its source.",
        ) from None
    # set once, here: changing them while another thread tokenises is an error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
