"""Text to token ids, with an honest count of what the model will not read or does not know."""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from likewise.encoders.forking import computing
from likewise.encoders.local.packing import Ints
from likewise.encoders.local.schema import corrupt, unsupported
from likewise.encoders.local.texts import TextRules
from likewise.encoders.local.tokenizer_rules import (
    add_tokens,
    apply_rules,
    begin_with_space,
    drops_unknown,
    growth,
    is_special,
    lowers,
    normaliser,
    pieces_left_out,
)
from likewise.errors import LikewiseError, is_failure, shown
from likewise.types import TokenCounts

CHARACTERS_PER_TOKEN = 250
"""A text is read up to this many characters per token that the model takes: tokenising a
megabyte takes seconds even where nearly all of it is then dropped."""

_AT_ONCE = 512
"""Texts tokenised at a time: the library's own token objects take some 25 kB a text."""

_QUICK_CHARACTERS = 2_000
"""Up to here a text is tokenised in less than a millisecond or two, during which all else waits."""

_MOST_BYTES = 1 << 29
"""A tokenizer beyond this size is none."""

_MOST_GROWTH = 1_000
"""Times that a tokenizer may make a text longer; usual ones replace a character by one."""

_PROBES = ("a", "A", "the", "1", "。")
"""Texts of which one at least should be tokens in any language."""


Tokenised = tuple[list[Ints], TokenCounts]
"""For each text the ids that the model reads, never none, and its counts (of the characters up to
the cap)."""


@dataclass(frozen=True)
class Frame:
    """The special tokens that the tokenizer puts around a text."""

    before: tuple[int, ...]
    after: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.before) + len(self.after)


class TextTokenizer:
    """A model's own tokenizer; safe to share between threads."""

    def __init__(
        self,
        path: Path,
        *,
        max_tokens: int | None,
        rules: TextRules | None = None,
        special: bool = True,
        drop_unknown: bool = False,
        cut_by_length: bool = False,
    ) -> None:
        """Read `tokenizer.json`.

        Args:
            path: the file.
            max_tokens: a text is cut to so many tokens, 0: it is not cut; None: as the file says.
            rules: what other files say about texts.
            special: the tokenizer's special tokens are put around a text.
            drop_unknown: what the model doesn't know is left out of what it reads.
            cut_by_length: of a text so many characters are read as `max_tokens` tokens of median
                length have. Source: model2vec 0.10, StaticModel._encode_dispatch.

        Raises:
            WeightsCorrupt: the file is not a tokenizer.
            UnsupportedModel: it does not fit the rules or the limit.
        """
        rules = rules or TextRules(limit=None)
        self.prefix = ""
        self._nothing: list[list[int]] | None = None  # ids of what has no tokens of its own
        self._special = special
        self._drop_unknown = drop_unknown
        self._path = path
        self._tokenizer = _read(path)
        if (times := growth(normaliser(self._tokenizer))) > _MOST_GROWTH:
            raise unsupported(
                path.parent,
                f"its tokenizer can make a text more than {_MOST_GROWTH:,} times as long"
                if times == math.inf
                else f"its tokenizer can make a text {times:,.0f} times as long",
            )
        own = self._tokenizer.truncation or {}
        self.side: Literal["left", "right"] = rules.side or own.get("direction", "right")
        max_tokens = own.get("max_length", 0) if max_tokens is None else max_tokens
        self.max_tokens: int = max_tokens
        self.keeps_case = not lowers(normaliser(self._tokenizer))
        """By its own file capital letters stay."""
        # set once, here: changing them while another thread tokenises is an error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.changes = apply_rules(self._tokenizer, rules)
        with self._guarded():
            self.changes += begin_with_space(self._tokenizer, rules.prefix_space)
            self.frame = self._frame() if special else Frame((), ())
            self.unknown_id = _unknown_id(self._tokenizer)
            self._drops = drops_unknown(self._tokenizer)
            self.vocabulary: dict[str, int] = self._tokenizer.get_vocab(with_added_tokens=True)
        per_token = CHARACTERS_PER_TOKEN
        if cut_by_length:
            per_token = int(np.median([len(token) for token in self.vocabulary]))
        self._characters = per_token * max_tokens
        for number, rule in rules.added.items():
            if self.vocabulary.get(rule.content) != number:
                raise unsupported(
                    path.parent,
                    f"tokenizer.json lacks the token {shown(rule.content)} = {number}, which "
                    "another file of the tokenizer adds",
                )
        with self._guarded():
            self.changes += add_tokens(self._tokenizer, rules)
        if max_tokens and max_tokens <= len(self.frame):
            raise unsupported(
                path.parent,
                f"it reads {max_tokens} tokens, of which {len(self.frame)} are special ones",
            )

    def prefixed(self, prefix: str) -> Self:
        """Return this tokenizer with a prefix before each text; what was read is shared."""
        other = copy(self)
        other.prefix = prefix
        other._nothing = None
        return other

    def framed_otherwise(self, ends: tuple[str, str] | None) -> bool:
        """Whether other special tokens stand around a text than these, which are known."""
        if ends is None or not all(end in self.vocabulary for end in ends):
            return False
        before, after = (self.vocabulary[end] for end in ends)
        return self.frame != Frame((before,), (after,))

    @property
    def highest_id(self) -> int:
        """The highest id that a text can get."""
        known = max(self.vocabulary.values(), default=0)
        return max(known, *self.frame.before, *self.frame.after, 0)

    @property
    def described(self) -> str:
        """What tokens depend on beside `tokenizer.json`, `""` where all is as usual."""
        said = list(self.changes)
        if self.side == "left":
            said.append("cut on the left")
        if self._special and len(self.frame.after) != 1:
            said.append(f"{len(self.frame.after)} closing tokens")
        if not self._special:
            said.append("no special tokens")
        if self._drop_unknown:
            said.append("unknown left out")
        return ", ".join(said)

    def tokenise(self, texts: Sequence[str]) -> Tokenised:
        """Return ids and counts of texts that `texts_of` has seen."""
        ids: list[Ints] = []
        counts, unknown = np.empty(len(texts), np.int32), np.zeros(len(texts), np.int32)
        for start in range(0, len(texts), _AT_ONCE):
            part = [self._cap(text) for text in texts[start : start + _AT_ONCE]]
            for encoding in self._encode(part):
                text = len(ids)
                found = np.array(encoding.ids, np.int32)
                counts[text] = len(found)
                if self.unknown_id is not None:
                    unknown[text] = np.count_nonzero(found == self.unknown_id)
                if self._is_lost(encoding.ids, texts[text]):
                    counts[text], unknown[text] = max(1, len(found)), 1
                elif self._drops:
                    lost = pieces_left_out(part[text - start], encoding.offsets, len(self.prefix))
                    unknown[text] = min(lost, len(found))
                ids.append(self._never_none(self._known(self._keep(found))))
        capped = np.array([self._is_capped(text) for text in texts], np.bool_)
        limit = self.max_tokens or np.iinfo(np.int32).max
        return ids, TokenCounts(counts, (counts > limit) | capped, unknown)

    def places(self, text: str) -> npt.NDArray[np.int32]:
        """Return where in `text` each id of `tokenise` stands; int32, shape (tokens, 2).

        Start and end in characters; both 0 for special tokens and those of the prefix.
        """
        with self._guarded():
            encoding = self._tokenizer.encode(self._cap(text), add_special_tokens=self._special)
        places = np.array(encoding.offsets, np.int32).reshape(-1, 2) - len(self.prefix)
        places[(np.array(encoding.special_tokens_mask) == 1) | (places[:, 1] <= 0)] = 0
        kept = self._keep(places.clip(min=0))
        if self._drop_unknown and self.unknown_id is not None:
            kept = kept[self._keep(np.array(encoding.ids, np.int32)) != self.unknown_id]
        return kept if len(kept) else np.zeros((1, 2), np.int32)

    def prefix_tokens(self) -> int:
        """Return how many tokens at a text's start are the prefix's, special ones included.

        Source: sentence-transformers 6.2, Transformer._get_prompt_length.
        """
        if not self.prefix:
            return 0
        with self._guarded():
            read = self._tokenizer.encode(self.prefix, add_special_tokens=self._special).ids
            added = self._tokenizer.get_added_tokens_decoder()
        ids = self._keep(np.array(read, np.int32)).tolist()
        closes = ids and (ids[-1] in self.frame.after or is_special(added.get(ids[-1])))
        return len(ids) - bool(closes)

    def _encode(self, texts: list[str]) -> list[Any]:
        with self._guarded():
            if len(texts) == 1 and len(texts[0]) <= _QUICK_CHARACTERS:
                # keeps the interpreter's lock: to get it back on a busy server takes longer
                return [self._tokenizer.encode(texts[0], add_special_tokens=self._special)]
            library = self._tokenizer
            # the fast one knows no places, by which is found what was left out
            encode = library.encode_batch if self._drops else library.encode_batch_fast
            encoded: list[Any] = encode(texts, add_special_tokens=self._special)
            return encoded

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Turn whatever the library throws, its panics too, into an error of ours."""
        try:
            with computing():
                yield
        except LikewiseError:
            raise
        except BaseException as error:
            if not is_failure(error):
                raise
            raise unsupported(
                self._path.parent, f"its tokenizer failed: {shown(error, 200)}"
            ) from None

    def _is_lost(self, ids: list[int], text: str) -> bool:
        """Whether a text has characters, and the tokenizer makes none of them into tokens."""
        if self._nothing is None:
            blanks = [self.prefix, f"{self.prefix} "]
            self._nothing = [encoding.ids for encoding in self._encode(blanks)]
        return ids in self._nothing and text.strip() != ""

    def _is_capped(self, text: str) -> bool:
        return bool(self.max_tokens) and len(text) > self._characters

    def _cap(self, text: str) -> str:
        if not self._is_capped(text):
            return self.prefix + text
        if self.side == "left":
            return self.prefix + text[-self._characters :]
        return self.prefix + text[: self._characters]

    def _keep(self, ids: Ints) -> Ints:
        """Return what the model reads: special tokens stay, the text between them is cut.

        That is how the tokenizer's own truncation cuts.
        """
        if not self.max_tokens or len(ids) <= self.max_tokens:
            return ids
        before, after = len(self.frame.before), len(self.frame.after)
        text = ids[before : len(ids) - after]
        room = self.max_tokens - len(self.frame)
        kept = text[-room:] if self.side == "left" else text[:room]
        whole: Ints = np.concatenate([ids[:before], kept, ids[len(ids) - after :]])
        return whole

    def _known(self, ids: Ints) -> Ints:
        if not self._drop_unknown or self.unknown_id is None:
            return ids
        known: Ints = ids[ids != self.unknown_id]
        return known

    def _never_none(self, ids: Ints) -> Ints:
        """Nothing is read as one unknown token (else the first of all), so that it has a vector."""
        return ids if len(ids) else np.array([self.unknown_id or 0], np.int32)

    def _frame(self) -> Frame:
        """Find the special tokens around a text by asking the tokenizer."""
        for probe in _PROBES:
            encoding = self._tokenizer.encode(probe)
            sides = [number is None for number in encoding.sequence_ids]
            if all(sides):
                continue
            before = sides.index(False)
            after = sides[::-1].index(False)
            inside = sides[before : len(sides) - after]
            plain = self._tokenizer.encode(probe, add_special_tokens=False)
            if any(inside) or len(plain) != len(inside):
                raise unsupported(
                    self._path.parent, "its tokenizer puts special tokens into the text itself"
                )
            ids = tuple(encoding.ids)
            return Frame(ids[:before], ids[len(ids) - after :])
        return Frame(tuple(self._tokenizer.encode("").ids), ())


def _read(path: Path) -> Any:  # noqa: ANN401
    from tokenizers import Tokenizer

    if path.stat().st_size > _MOST_BYTES:
        raise corrupt(path, "is too large for a tokenizer")
    try:
        return Tokenizer.from_file(str(path))
    except BaseException as error:  # the library raises bare Exception, and panics
        if not is_failure(error):
            raise
        raise corrupt(path, f"is not a tokenizer that can be read: {shown(error, 200)}") from None


def _unknown_id(tokenizer: Any) -> int | None:  # noqa: ANN401
    """Return the id that stands for what the tokenizer doesn't know, None where there is none."""
    token = getattr(tokenizer.model, "unk_token", None)
    if token is not None:
        found: int | None = tokenizer.token_to_id(token)
        return found
    # a Unigram model says it only in its state, which is long, and there at the beginning
    stated = re.match(rb'\{"type":"Unigram","unk_id":(\d+)', tokenizer.model.__getstate__())
    return int(stated[1]) if stated else None
