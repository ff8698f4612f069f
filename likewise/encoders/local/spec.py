"""What is computed, from text to vector: all that a folder says, checked and put together."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from likewise.encoders.graphs.config import ModelConfig
from likewise.encoders.graphs.families import Family
from likewise.encoders.local.files import TOKENIZER, digest_of_files
from likewise.encoders.local.modules import Dense, LayerNorm, Normalize, Pooling, Step
from likewise.encoders.local.schema import unsupported
from likewise.encoders.local.tensors import Tensors, weight_files
from likewise.encoders.local.texts import TextRules
from likewise.encoders.local.tokenizer import TextTokenizer
from likewise.errors import InvalidOption, shown

_NAMES = {"query", "document", "passage", "search_query", "search_document", "corpus"}
"""What prompts are mostly called: no text that anybody would want before another."""

_BARE = re.compile(r"[A-Za-z][\w-]*")
"""Where a model declares prompts, a single word is the name of one, perhaps misspelt."""


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What is computed, whatever kind of model it is."""

    folder: Path
    part: str
    """Folder of the encoder inside `folder`, `""` or `0_Transformer/`."""
    computation: str
    """From tokens to the pooled vector, in one line; a part of the encoder's identity."""
    rules: TextRules
    pooling: Pooling
    steps: tuple[Step, ...]
    max_tokens: int
    """Tokens of a text that are read; 0: all."""
    prompts: dict[str, str] = field(default_factory=dict)
    """Prefixes that the model was trained with, by name (`query`, `passage`)."""
    default_prompt: str = ""
    dims: int = 0
    """Numbers in the vector that is computed."""
    cut: int | None = None
    """Numbers of it that the model's own configuration keeps."""
    matryoshka: tuple[int, ...] = ()
    """Lengths to which the authors trained vectors to be cut."""
    notes: tuple[str, ...] = ()
    read: list[TextTokenizer] = field(default_factory=list, compare=False, repr=False)
    """The tokenizer without a prefix, once it has been read: a large one takes a while."""

    @property
    def graph(self) -> str:
        """The whole computation in one line."""
        said = self.computation
        for step in self.steps:
            if isinstance(step, Dense):
                bias = "" if step.bias else " without bias"
                said += f", dense {step.into}-{step.out} {step.activation}{bias}"
            elif isinstance(step, LayerNorm):
                said += ", layer norm"
            else:
                said += ", normalised"
        if self.cut:
            said += f", first {self.cut} of {self.dims}"
        return said

    @property
    def is_a_sum(self) -> bool:
        """Whether the vector is a sum over tokens, made unit length."""
        return self.pooling.modes == ("mean",) and not self.steps and not self.cut

    def tokenizer(self, prefix: str) -> TextTokenizer:
        """Return the model's tokenizer, which puts `prefix` before each text."""
        if not self.read:
            self.read.append(self.read_tokenizer())
        return self.read[0].prefixed(prefix)

    def read_tokenizer(self) -> TextTokenizer:
        """Return the model's tokenizer from its file."""
        path = self.folder / self.part / TOKENIZER
        return TextTokenizer(path, max_tokens=self.max_tokens, rules=self.rules)

    def weight_files(self) -> list[str]:
        """Return the files of the encoder's own weights."""
        return weight_files(self.folder, self.part)

    def weights_digest(self) -> str:
        """Return the SHA-256 of the weights: of their one file, or of all files' digests."""
        files = self.weight_files()
        for step in self.steps:
            if not isinstance(step, Normalize):
                files += weight_files(self.folder, step.weights)
        return digest_of_files(self.folder, files)

    def prefix(self, wanted: str | None) -> str:
        """Return the text to put before each text: a prompt by its name, or `wanted` itself.

        Raises:
            InvalidOption: `wanted` is the name of a prompt that the model doesn't have.
        """
        if wanted is None:
            return self.default_prompt
        if wanted in self.prompts:
            return self.prompts[wanted]
        bare = bool(self.prompts) and _BARE.fullmatch(wanted)
        if (bare or wanted in _NAMES) and wanted not in self.prompts.values():
            raise unknown_prompt(wanted, self.prompts)
        return wanted


@dataclass(frozen=True, kw_only=True)
class ModelSpec(Spec):
    """A model of one of our families."""

    family: Family
    config: ModelConfig
    tensors: Tensors
    """The encoder's weights, under the names of the family's own code."""


def check_tokenizer(spec: Spec, rows: int) -> None:
    """Raise `UnsupportedModel` where the tokenizer gives an id for which there is no row."""
    highest = spec.tokenizer("").highest_id
    if highest >= rows:
        raise unsupported(
            spec.folder,
            f"its tokenizer knows tokens up to number {highest:,}, its weights have {rows:,} rows "
            "for them",
            "Check that tokenizer.json belongs to these weights.",
        )


def unknown_prompt(name: str, prompts: dict[str, str]) -> InvalidOption:
    """Return the error for a prompt that a model doesn't declare."""
    declared = ", ".join(sorted(prompts)) or "none"
    return InvalidOption(
        f"The model declares no prompt {shown(name)}; it declares {declared}.",
        f"Name one of these, or write out the text to put before each text, such as '{name}: '.",
        param="prefix",
    )
