"""`modules.json` and the folders that it names: what is computed after the tokens have vectors.

Source: `sentence-transformers` 6.2: base/model.py, sentence_transformer/modules/pooling.py,
layer_norm.py and static_embedding.py, base/modules/dense.py and normalize.py.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from likewise.encoders.local.module_tables import (
    DenseConfig,
    DropoutConfig,
    LayerNormConfig,
    Mode,
    NormalizeConfig,
    PoolingConfig,
)
from likewise.encoders.local.schema import (
    corrupt,
    missing,
    read_json,
    unsupported,
)
from likewise.errors import shown

MODULES = "modules.json"
CONFIG = "config.json"
_LONGEST_PATH = 200

DEFAULT_POOLING = "1_Pooling/"
"""Where a folder without `modules.json` may have its pooling: that is where it is usually kept."""

_FLAGS: dict[str, Mode] = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
"""One flag for each mode, as written before sentence-transformers 6; in the order of the result."""

_ACTIVATIONS = {
    "Identity": "identity",
    "Tanh": "tanh",
    "ReLU": "relu",
    "GELU": "gelu",
    "Sigmoid": "sigmoid",
    "SiLU": "silu",
}


class ModuleEntry(BaseModel):
    """One module in `modules.json`."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    type: str
    path: str = ""
    idx: int | None = None
    name: str | None = None
    kwargs: list[Any] | None = None
    """Names of arguments that `encode` may hand to the module; we hand none."""

    @property
    def kind(self) -> str:
        """The module's class."""
        return self.type.rpartition(".")[2]

    @property
    def part(self) -> str:
        """The module's folder as a prefix of file names: `""` or `1_Pooling/`."""
        folder = PurePosixPath(self.path).as_posix()
        return "" if folder == "." else f"{folder}/"


@dataclass(frozen=True)
class Pooling:
    """How token vectors become one vector."""

    modes: tuple[Mode, ...] = ("mean",)
    """Their results stand one after another."""
    include_prompt: bool = True
    """False: the tokens of the prefix are left out."""
    width: int | None = None
    """Numbers in a token's vector, where the file states it."""

    @property
    def name(self) -> str:
        """The modes in one word, as identities have it."""
        return "+".join(self.modes) or "none"


@dataclass(frozen=True)
class Dense:
    """A linear layer with an activation, from the pooled vector to another."""

    weights: str
    """Path of its folder inside the model's, `2_Dense/`."""
    into: int
    out: int
    bias: bool
    activation: str


@dataclass(frozen=True)
class LayerNorm:
    """Normalises the pooled vector to mean 0 and variance 1, then scales and shifts it."""

    weights: str
    width: int


@dataclass(frozen=True)
class Normalize:
    """Makes the vector unit length."""


Step = Dense | LayerNorm | Normalize


@dataclass(frozen=True)
class Pipeline:
    """The modules of a model."""

    encoder: str
    """Folder of the first module inside the model's, `""` or `0_Transformer/`."""
    static: bool = False
    """The first module is a StaticEmbedding."""
    pooling: Pooling | None = None
    """None where nothing says how tokens are pooled."""
    steps: tuple[Step, ...] = ()
    """What follows, in order."""


def read_modules(folder: Path) -> list[ModuleEntry]:
    """Return the entries of `modules.json`, an empty list where there is no such file.

    Raises:
        WeightsCorrupt: it is not a list of modules with type and path.
        UnsupportedModel: a module lies outside of the folder.
    """
    path = folder / MODULES
    if not path.is_file():
        return []
    content = read_json(path)
    if not isinstance(content, list) or not content:
        raise corrupt(path, "is not the list of modules that it should be")
    entries = []
    for item in content:
        try:
            entry = ModuleEntry.model_validate(item)
        except (ValidationError, RecursionError):
            raise corrupt(path, f"has no usable type and path in {shown(item, 200)}") from None
        if not is_inside(entry.path):
            raise unsupported(
                folder, f"{MODULES} names a module outside of it: {shown(entry.path)}"
            )
        entries.append(entry)
    return entries


def is_inside(path: str) -> bool:
    """True for a path that leads nowhere but into the folder."""
    pure = PurePosixPath(path.replace("\\", "/"))
    plain = path.isprintable() and ":" not in path and len(path) <= _LONGEST_PATH
    return plain and not pure.is_absolute() and ".." not in pure.parts


def read_pipeline(folder: Path, notes: list[str]) -> Pipeline:
    """Return what the model in `folder` computes, module by module.

    Raises:
        WeightsMissing: a module's file is not there.
        WeightsCorrupt: a file is not JSON.
        UnsupportedModel: a module that Likewise can't compute, or a member that it doesn't know.
    """
    entries = read_modules(folder)
    if not entries:
        return _without_modules(folder, notes)
    _check_kinds(folder, entries)
    first, *rest = [entry for entry in entries if entry.kind != "Dropout"] or entries
    for entry in entries:
        if entry.kind == "Dropout":
            DropoutConfig.read(folder, entry.part + CONFIG, notes)
    static = first.kind == "StaticEmbedding"
    if not static and first.kind != "Transformer":
        raise unsupported(folder, f"its first module is {first.kind}, not Transformer")
    pooling = None
    if not static:
        if not rest or rest[0].kind != "Pooling":
            raise unsupported(folder, f"no Pooling module follows its Transformer in {MODULES}")
        pooling = _pooling(folder, rest.pop(0).part, notes)
    steps = tuple(_step(folder, entry, notes) for entry in rest)
    while steps and isinstance(steps[-1], Normalize):
        steps = steps[:-1]  # every vector is made unit length at the end
    return Pipeline(first.part, static, pooling, steps)


def _check_kinds(folder: Path, entries: list[ModuleEntry]) -> None:
    names = Counter(entry.name for entry in entries if entry.name is not None)
    for name, times in names.items():
        if times > 1:  # of these sentence-transformers keeps one
            raise unsupported(folder, f"{MODULES} has {times:,} modules of the name {shown(name)}")
    for entry in entries:
        if not entry.type.startswith("sentence_transformers.") or entry.kind not in _KINDS:
            raise unsupported(
                folder,
                f"it has a {entry.kind} module ({shown(entry.type, 90)}), which is not known",
                f"Choose a model with no other modules than {', '.join(sorted(_KINDS))}.",
            )
        if "path" not in entry.model_fields_set:
            raise corrupt(folder / MODULES, f"does not say where its {entry.kind} module is")


def _without_modules(folder: Path, notes: list[str]) -> Pipeline:
    stated = (folder / DEFAULT_POOLING / CONFIG).is_file()
    return Pipeline("", pooling=_pooling(folder, DEFAULT_POOLING, notes) if stated else None)


def _pooling(folder: Path, part: str, notes: list[str]) -> Pooling:
    file = part + CONFIG
    config: PoolingConfig = _read(PoolingConfig, folder, file, notes)
    flagged = [mode for flag, mode in _FLAGS.items() if getattr(config, flag)]
    named = [config.pooling_mode] if isinstance(config.pooling_mode, str) else config.pooling_mode
    if config.pooling_mode_mean_tokens is None and not named and not flagged:
        flagged = ["mean"]  # what a file says that states no mode at all
    chosen = named or flagged
    if not chosen:
        raise unsupported(folder, f"{file} chooses no way of pooling")
    if named and flagged and set(named) != set(flagged):
        both = f"{' + '.join(named)} and {' + '.join(flagged)}"
        raise unsupported(folder, f"{file} contradicts itself: its pooling is {both}")
    if len(set(chosen)) != len(chosen):
        raise unsupported(folder, f"{file} names a way of pooling twice")
    return Pooling(tuple(chosen), config.include_prompt, config.width)


def _step(folder: Path, entry: ModuleEntry, notes: list[str]) -> Step:
    file = entry.part + CONFIG
    if entry.kind == "Dense":
        dense: DenseConfig = _read(DenseConfig, folder, file, notes)
        name = dense.activation_function
        activation = _ACTIVATIONS.get(name.rpartition(".")[2])
        if activation is None or not name.startswith("torch.nn."):
            raise unsupported(folder, f"{file} has the activation {shown(name)}")
        return Dense(entry.part, dense.in_features, dense.out_features, dense.bias, activation)
    if entry.kind == "LayerNorm":
        norm: LayerNormConfig = _read(LayerNormConfig, folder, file, notes)
        return LayerNorm(entry.part, norm.dimension)
    if entry.kind == "Normalize":
        NormalizeConfig.read(folder, file, notes)
        return Normalize()
    raise unsupported(
        folder,
        f"its {entry.kind} module is not the first"
        if entry.kind in ("Transformer", "StaticEmbedding")
        else f"it has a second {entry.kind} module",
    )


def _read(table: type[Any], folder: Path, file: str, notes: list[str]) -> Any:  # noqa: ANN401
    if not (folder / file).is_file():
        raise missing(folder, file, MODULES)
    return table.read(folder, file, notes)


_KINDS = {
    "Transformer",
    "StaticEmbedding",
    "Pooling",
    "Dense",
    "LayerNorm",
    "Normalize",
    "Dropout",
}
