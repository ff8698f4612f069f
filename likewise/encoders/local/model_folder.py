"""Reads a model's folder whole: what to compute, whether we can, and what a user should know.

Every file of the format is read through a table of its members (`schema`), and the parts are
checked against each other before anything is computed.

Source: the file formats of `transformers` 5.24 and `sentence-transformers` 6.2.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from likewise.encoders.graphs.config import MOST_POSITIONS, ModelConfig
from likewise.encoders.graphs.families import FAMILIES, Family, foreign_code
from likewise.encoders.local.files import MODEL2VEC, TOKENIZER, onnx_file, without_tokenizer
from likewise.encoders.local.module_tables import Mode
from likewise.encoders.local.modules import (
    CONFIG,
    MODULES,
    Dense,
    LayerNorm,
    Normalize,
    Pipeline,
    Pooling,
    read_pipeline,
)
from likewise.encoders.local.names import canonical, check_rest
from likewise.encoders.local.onnx import read_onnx
from likewise.encoders.local.schema import corrupt, missing, read_object, unsupported
from likewise.encoders.local.spec import ModelSpec, Spec, check_tokenizer
from likewise.encoders.local.static import read_static
from likewise.encoders.local.tensors import (
    Tensors,
    check_shapes,
    open_tensors,
    weight_files,
)
from likewise.encoders.local.texts import (
    PROMPTS,
    TOKENIZER_CONFIG,
    Prompts,
    TextRules,
    read_text_rules,
)
from likewise.errors import shown


def read_model_folder(folder: Path) -> Spec:
    """Return the specification of the model in `folder`.

    Raises:
        WeightsMissing: a file that every model needs, or that another one names, is not there.
        WeightsCorrupt: a file is not what its name says.
        UnsupportedModel: the model is of a kind that Likewise can't run, or its parts don't go
            together.
    """
    notes: list[str] = []
    if (folder / "adapter_config.json").is_file():
        raise unsupported(
            folder,
            "it holds an adapter (adapter_config.json), not a whole model",
            "Merge it into its model first: merge_and_unload() of the library peft.",
        )
    try:
        spec = _with_dims(_read(folder, read_pipeline(folder, notes), notes))
        return replace(_with_prompts(spec, notes), notes=tuple(notes))
    except OSError as error:
        raise corrupt(Path(error.filename or folder), f"can't be read: {error.strerror}") from None


def _read(folder: Path, pipeline: Pipeline, notes: list[str]) -> Spec:
    """Return the specification up to the pooling."""
    part = pipeline.encoder
    content = read_object(folder / part / CONFIG)
    kind = content.get("model_type")
    if pipeline.static or kind == MODEL2VEC:
        return read_static(folder, pipeline, notes)
    if not (folder / part / CONFIG).is_file():
        raise missing(folder, part + CONFIG, MODULES if part else "")
    if not (folder / MODULES).is_file() and _has_template(folder):
        notes.append(
            "Texts are read as they stand, where sentence-transformers would put them through the "
            "model's chat template."
        )
    family = FAMILIES.get(kind) if isinstance(kind, str) else None
    foreign = foreign_code(content)
    ours = family is not None and not foreign and weight_files(folder, part)
    if not ours and onnx_file(folder, part):
        rules = read_text_rules(folder, part, notes, str(kind))
        known = None if foreign else family
        config = known.config.understood(folder, part + CONFIG, content, []) if known else None
        first = config.first_position if config else 0
        guessed = replace(pipeline, pooling=pipeline.pooling or _guessed(content, notes))
        return read_onnx(folder, guessed, content, rules, first, notes)
    if family is None:
        raise unsupported(
            folder,
            f"its type is {shown(str(kind))}",
            f"Choose a model of type {', '.join(FAMILIES)}, or one with an ONNX file.",
        )
    if not (folder / part / TOKENIZER).is_file():
        raise without_tokenizer(folder, part)
    return _read_ours(folder, pipeline, str(kind), family, content, notes)


def _read_ours(
    folder: Path,
    pipeline: Pipeline,
    kind: str,
    family: Family,
    content: dict[str, Any],
    notes: list[str],
) -> ModelSpec:
    part = pipeline.encoder
    if foreign := foreign_code(content):
        raise unsupported(
            folder,
            f"it brings its own code for the model (auto_map: {shown(foreign)})",
            "Choose a model whose architecture needs no code of its own, or one with an ONNX file.",
        )
    config = family.config.understood(folder, part + CONFIG, content, notes)
    rules = read_text_rules(folder, part, notes, kind)
    tensors = canonical(open_tensors(folder, part), family.anchor)
    wanted = list(_bounded(config.shapes(), tensors))
    sizes = check_shapes(tensors, wanted, f"{kind} model")
    check_rest(tensors, {name for name, _ in wanted}, f"{kind} model")
    spec = ModelSpec(
        folder=folder,
        part=part,
        family=family,
        computation=config.described(),
        config=config,
        rules=rules,
        pooling=pipeline.pooling or _guessed(content, notes),
        steps=pipeline.steps,
        max_tokens=_limit(folder, config, rules, sizes),
        dims=config.width,
        tensors=tensors,
        matryoshka=tuple(sorted(set(config.matryoshka))),
    )
    check_tokenizer(spec, tensors.entry(family.anchor).shape[0])
    if rules.case_unsaid and spec.tokenizer("").keeps_case:
        notes.append(
            f"{TOKENIZER} keeps capital letters, and no {TOKENIZER_CONFIG} says so: transformers "
            "would lower them."
        )
    if rules.ends and spec.tokenizer("").framed_otherwise(rules.ends):
        notes.append(
            f"{TOKENIZER} puts other special tokens around a text than transformers would: "
            f"{shown(rules.ends[0])} before it, {shown(rules.ends[1])} behind it."
        )
    return spec


def _has_template(folder: Path) -> bool:
    stated = read_object(folder / TOKENIZER_CONFIG).get("chat_template")
    return bool(stated) or (folder / "chat_template.jinja").is_file()


def _with_prompts(spec: Spec, notes: list[str]) -> Spec:
    """Return the specification with the prompts, and the length, that the folder declares."""
    stated = Prompts.read(spec.folder, PROMPTS, notes)
    prompts = stated.texts()
    default = stated.default_prompt_name
    if default is not None and default not in prompts:
        raise unsupported(spec.folder, f"{PROMPTS} has no prompt {shown(default)}, its default")
    if stated.similarity_fn_name not in (None, "cosine"):
        notes.append(
            f"The authors compare this model's vectors by {shown(stated.similarity_fn_name)}; "
            "Likewise compares by cosine."
        )
    if stated.truncate_dim and stated.truncate_dim > spec.dims:
        raise unsupported(
            spec.folder, f"{PROMPTS} cuts vectors of {spec.dims} numbers to {stated.truncate_dim}"
        )
    cut = stated.truncate_dim if stated.truncate_dim != spec.dims else None
    return replace(
        spec,
        prompts=prompts,
        default_prompt=prompts[default] if default is not None else "",
        cut=cut,
    )


def _bounded(shapes: Any, tensors: Tensors) -> Any:  # noqa: ANN401
    """Yield the shapes up to the first that has no tensor: a count out of all bounds ends there."""
    for name, shape in shapes:
        yield name, shape
        if name not in tensors:
            return


def _guessed(content: dict[str, Any], notes: list[str]) -> Pooling:
    """Return the pooling that sentence-transformers takes where nothing says how."""
    architectures = content.get("architectures")
    causal = isinstance(architectures, list) and any(
        str(name).endswith("ForCausalLM") for name in architectures[:1]
    )
    mode: Mode = "lasttoken" if causal else "mean"
    notes.append(
        f"The folder does not say how tokens become one vector ({MODULES} is missing); "
        f"{'the last token' if causal else 'their mean'} is a guess."
    )
    for name in architectures[:1] if isinstance(architectures, list) else ():
        if str(name).endswith("ForSequenceClassification"):
            notes.append(
                f"It was saved as {shown(name)}: if it is a reranker or a classifier, its vectors "
                "mean little."
            )
    return Pooling((mode,))


def _limit(folder: Path, config: ModelConfig, rules: TextRules, sizes: dict[str, int]) -> int:
    """Return the tokens of a text that are read: no more than there are positions for."""
    positions = config.positions or sizes.get("positions", 0)
    usable = min(positions - config.first_position, MOST_POSITIONS)
    if usable <= 0:
        raise unsupported(
            folder,
            f"it has no positions for a text: there are {positions}, the first is number "
            f"{config.first_position}",
        )
    return min(usable, rules.limit) if rules.limit else usable


def _with_dims(spec: Spec) -> Spec:
    """Check the widths from module to module; return the specification with the last one."""
    width = spec.dims
    if spec.pooling.width not in (None, width):
        raise unsupported(
            spec.folder, f"its pooling takes {spec.pooling.width} numbers, its tokens have {width}"
        )
    dims = width * max(1, len(spec.pooling.modes))
    for step in spec.steps:
        if isinstance(step, Normalize):
            continue
        into = step.into if isinstance(step, Dense) else step.width
        if into != dims:
            raise unsupported(
                spec.folder, f"{step.weights}{CONFIG} takes {into} numbers, there are {dims}"
            )
        _check_step(spec.folder, step)
        dims = step.out if isinstance(step, Dense) else dims
    return replace(spec, dims=dims)


def _check_step(folder: Path, step: Dense | LayerNorm) -> None:
    """Raise `UnsupportedModel` unless a module has just the weights that it computes with."""
    tensors, wanted = open_tensors(folder, step.weights), _step_shapes(step)
    check_shapes(tensors, wanted, "module")
    for name in sorted(set(tensors) - {name for name, _ in wanted}):
        raise unsupported(
            folder, f"{step.weights} has a weight {name!r} for which {CONFIG} there has no use"
        )


def _step_shapes(step: Dense | LayerNorm) -> list[tuple[str, tuple[int | str, ...]]]:
    if isinstance(step, LayerNorm):
        return [("norm.weight", (step.width,)), ("norm.bias", (step.width,))]
    shapes: list[tuple[str, tuple[int | str, ...]]] = [("linear.weight", (step.out, step.into))]
    return [*shapes, ("linear.bias", (step.out,))] if step.bias else shapes
