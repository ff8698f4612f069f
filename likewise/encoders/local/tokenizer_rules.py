"""What other files of a model's folder change about its `tokenizer.json`."""

import hashlib
import json
import math
import unicodedata
from collections.abc import Sequence
from typing import Any

from likewise.encoders.local.texts import TextRules


def normaliser(tokenizer: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what `tokenizer.json` says of its normaliser, nothing where it has none."""
    if not tokenizer.normalizer:
        return {}
    state: dict[str, Any] = json.loads(tokenizer.normalizer.__getstate__())
    return state


def growth(state: dict[str, Any]) -> float:
    """Return how many times as long a normaliser can make a text, at most.

    Forty that each write "ee" for "e" would make terabytes of one letter. What Unicode itself
    unfolds (NFKC, lower case) stays small however often it is repeated, and counts for nothing.
    """
    if state.get("type") == "Sequence":
        return math.prod(map(growth, state.get("normalizers", [])), start=1.0)
    content = state.get("content", state.get("prepend", ""))
    if not content:
        return 1.0
    known = state.get("pattern", {}).get("String")
    # another pattern may match nothing, and then stands something between all characters
    return max(1.0, len(content) / len(known)) if known else 1.0 + len(content)


def apply_rules(tokenizer: Any, rules: TextRules) -> list[str]:  # noqa: ANN401
    """Change the normaliser as the rules say; return what that changed.

    Sources: `do_lower_case` of sentence-transformers puts Lowercase before everything
    (base/modules/transformer.py); the configuration of a BERT tokenizer wins over the normaliser in
    its file (transformers 5.24, models/bert/tokenization_bert.py), and where the file has another
    one it is made anew.
    """
    from tokenizers import normalizers

    changes = []
    state = normaliser(tokenizer)
    if rules.bert and state.get("type") != "BertNormalizer":
        said = {"lowercase": True, **{n: v for n, v in rules.normaliser.items() if v is not None}}
        tokenizer.normalizer = normalizers.BertNormalizer(**said)
        state = normaliser(tokenizer)
        changes.append("normalised as BERT " + json.dumps(state, sort_keys=True))
    elif state.get("type") == "BertNormalizer":
        for name, stated in sorted(rules.normaliser.items()):
            # without a word on accents they are stripped where letters are lowered
            value, there = (
                state["lowercase"] if one is None and name == "strip_accents" else one
                for one in (stated, state.get(name))
            )
            if value != there:
                setattr(tokenizer.normalizer, name, value)
                state[name] = value
                changes.append(f"{name} {str(value).lower()}")
    if rules.lower_case and not lowers(state):
        lower = normalizers.Lowercase()
        old = tokenizer.normalizer
        tokenizer.normalizer = lower if old is None else normalizers.Sequence([lower, old])
        changes.append("lower-cased")
    return changes


def begin_with_space(tokenizer: Any, space: bool | None) -> list[str]:  # noqa: ANN401
    """Let a text begin with a space, or not; return what that changed.

    Sources: transformers 5.24, models/roberta/tokenization_roberta.py (on the level of bytes) and
    models/xlm_roberta/tokenization_xlm_roberta.py (with a mark for a space).
    """
    splitter = tokenizer.pre_tokenizer
    if space is None or splitter is None:
        return []
    state = json.loads(splitter.__getstate__())
    parts = [splitter]
    if state["type"] == "Sequence":
        parts = [splitter[index] for index in range(len(state["pretokenizers"]))]
    changed = False
    for part in parts:
        kind = type(part).__name__
        if kind == "ByteLevel" and part.add_prefix_space != space:
            part.add_prefix_space = space
            changed = True
        if kind == "Metaspace" and (part.prepend_scheme != "never") != space:
            part.prepend_scheme = "always" if space else "never"
            changed = True
    return [f"space before {str(space).lower()}"] if changed else []


def add_tokens(tokenizer: Any, rules: TextRules) -> list[str]:  # noqa: ANN401
    """Find added tokens in texts as their configuration says; return what that changed.

    Source: transformers 5.24, TokenizersBackend.__init__.
    """
    from tokenizers import AddedToken

    known = tokenizer.get_added_tokens_decoder()
    other: list[Any] = []
    seen = {rule.content for rule in rules.added.values()}
    for number, rule in rules.added.items():
        there = known.get(number)
        wanted = AddedToken(rule.content, special=is_special(there), **(rule.flags or {}))
        if there is None or (rule.flags is not None and repr(there) != repr(wanted)):
            other.append(wanted)
    for rule in rules.special:
        named = rule.content not in seen and tokenizer.token_to_id(rule.content) is not None
        if named and tokenizer.token_to_id(rule.content) not in known:
            other.append(AddedToken(rule.content, special=True, **(rule.flags or {})))
            seen.add(rule.content)
    if not other:
        return []
    tokenizer.add_tokens(other)
    said = hashlib.sha256("\n".join(map(repr, other)).encode()).hexdigest()
    return [f"{len(other)} added tokens {said[:16]}"]


def is_special(token: Any) -> bool:  # noqa: ANN401
    """Whether an added token, if it is one, is special: none that a text is made of."""
    return token is not None and bool(token.special)


def lowers(state: dict[str, Any]) -> bool:
    """Return whether a normaliser lowers letters."""
    if state.get("type") == "Sequence":
        return any(lowers(part) for part in state.get("normalizers", []))
    return state.get("type") == "Lowercase" or bool(state.get("lowercase"))


def drops_unknown(tokenizer: Any) -> bool:  # noqa: ANN401
    """Return whether characters that a tokenizer does not know are left out without a token."""
    from tokenizers import pre_tokenizers

    model = tokenizer.model
    if type(model).__name__ != "BPE" or model.unk_token is not None or model.byte_fallback:
        return False
    steps = [step for step in (tokenizer.pre_tokenizer, tokenizer.normalizer) if step is not None]
    if not any(b"ByteLevel" in step.__getstate__() for step in steps):
        return True
    every = pre_tokenizers.ByteLevel.alphabet()
    return any(tokenizer.token_to_id(one) is None for one in every)


def pieces_left_out(text: str, offsets: Sequence[tuple[int, int]], first: int) -> int:
    """Return how many pieces of a text no token stands for: letters and signs side by side.

    Args:
        text: what was tokenised.
        offsets: of the tokens, in characters.
        first: the character with which it begins; before it is a prefix.
    """
    covered = bytearray(len(text))
    for start, end in offsets:
        covered[start:end] = b"\1" * (end - start)
    left = "".join(
        " " if known or unicodedata.category(letter)[0] in "MCZ" else "x"
        for letter, known in zip(text[first:], covered[first:], strict=True)
    )
    return len(left.split())
