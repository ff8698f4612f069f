"""The files that say how a text becomes tokens: prompts, limits, case and the side that is cut.

Source: `sentence-transformers` 6.2 (base/model.py, base/modules/transformer.py) and
`transformers` 5.24 (tokenization_utils_base.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AliasChoices, Field

from likewise.encoders.local.schema import Members, listed, read_object, unsupported
from likewise.errors import shown

PROMPTS = "config_sentence_transformers.json"
TOKENIZER_CONFIG = "tokenizer_config.json"
SENTENCE_CONFIGS = (
    "sentence_bert_config.json",
    "sentence_roberta_config.json",
    "sentence_distilbert_config.json",
    "sentence_camembert_config.json",
    "sentence_albert_config.json",
    "sentence_xlm-roberta_config.json",
    "sentence_xlnet_config.json",
)
"""Names of one file, in the order in which its authors' library looks for it."""


class Prompts(Members):
    """`config_sentence_transformers.json`."""

    FIXED: ClassVar[Mapping[str, tuple[object, ...]]] = {"model_type": ("SentenceTransformer",)}
    HARMLESS: ClassVar[frozenset[str]] = frozenset({"__version__"})

    prompts: dict[str, str | None] = Field({})
    default_prompt_name: str | None = None
    truncate_dim: Annotated[int, Field(gt=0)] | None = None
    similarity_fn_name: str | None = None
    """Changes no vector, but what the authors compare them by; it is noted."""

    def texts(self) -> dict[str, str]:
        """Return the prompts by name; one that is null is empty."""
        return {name: text or "" for name, text in self.prompts.items()}


class Sentence(Members):
    """`sentence_bert_config.json`, or that file under an older name."""

    FIXED: ClassVar[Mapping[str, tuple[object, ...]]] = {
        "transformer_task": ("feature-extraction",),
        "module_output_name": ("token_embeddings",),
        "processing_kwargs": ({},),
        "modality_config": (
            {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
        ),
        "query_length": (),
        "document_length": (),
        "query_expansion": (),
        "tokenizer_name_or_path": (),
        "tokenizer_args": ({},),
        "processor_kwargs": ({},),
        "config_args": ({},),
        "config_kwargs": ({},),
    }
    WHY: ClassVar[Mapping[str, str]] = {
        "modality_config": "its texts go through a chat template, or other than the last layer",
    }
    HARMLESS: ClassVar[frozenset[str]] = frozenset({"unpad_inputs", "backend"})
    REFUSES_UNKNOWN: ClassVar[bool] = True

    max_seq_length: Annotated[int, Field(gt=0)] | None = None
    do_lower_case: bool = False
    model_kwargs: dict[str, Any] = Field(
        {}, validation_alias=AliasChoices("model_args", "model_kwargs")
    )
    """Arguments for the model's loader: refused but for those without an effect on a vector."""


HARMLESS_ARGUMENTS = {
    "attn_implementation",
    "cache_dir",
    "device_map",
    "dtype",
    "low_cpu_mem_usage",
    "revision",
    "token",
    "torch_dtype",
    "trust_remote_code",
    "use_safetensors",
}


Token = str | dict[str, Any] | None
Tokens = list[str | dict[str, Any]] | dict[str, str | dict[str, Any]] | None


class TokenizerConfig(Members):
    """`tokenizer_config.json`: what it says beyond `tokenizer.json`."""

    FIXED: ClassVar[Mapping[str, tuple[object, ...]]] = {"split_special_tokens": (False,)}
    HARMLESS: ClassVar[frozenset[str]] = listed(
        # what tokenizer.json has too, or what is for other tools
        """
        add_bos_token add_eos_token auto_map backend chat_template clean_up_tokenization_spaces
        do_basic_tokenize errors from_slow full_tokenizer_file is_local keep_accents language
        legacy local_files_only max_len max_length model_input_names
        model_specific_special_tokens name_or_path never_split pad_to_multiple_of
        pad_token_id pad_token_type_id padding padding_side post_processor processor_class
        sp_model_kwargs spaces_between_special_tokens special_tokens_map_file stride
        tokenizer_file trim_offsets truncation truncation_strategy
        use_default_system_prompt use_fast vocab_file vocab_size
        """
    )

    additional_special_tokens: Tokens = None
    extra_special_tokens: Tokens = None
    bos_token: Token = None
    cls_token: Token = None
    eos_token: Token = None
    mask_token: Token = None
    pad_token: Token = None
    sep_token: Token = None
    unk_token: Token = None
    """Special tokens, which are found in a text as they stand before anything is cut; mostly
    `tokenizer.json` has them too."""

    model_max_length: Annotated[int | float, Field(gt=0)] | None = None
    truncation_side: Literal["left", "right"] | None = None
    do_lower_case: bool | None = Field(
        None, validation_alias=AliasChoices("do_lower_case", "lowercase")
    )
    strip_accents: bool | None = None
    tokenize_chinese_chars: bool | None = None
    tokenizer_class: str | None = None
    """A class of its own makes the normaliser anew, the general ones take that of the file."""
    add_prefix_space: bool | None = None
    added_tokens_decoder: dict[str, dict[str, Any]] = Field({})
    """Tokens by their id, which `tokenizer.json` must have too; how they are found is said here."""


_ENDS = {
    **dict.fromkeys(("BertTokenizer", "DistilBertTokenizer"), ("cls [CLS]", "sep [SEP]")),
    **dict.fromkeys(("MPNetTokenizer", "RobertaTokenizer"), ("cls <s>", "sep </s>")),
    **dict.fromkeys(("XLMRobertaTokenizer", "CamembertTokenizer"), ("bos <s>", "eos </s>")),
}
"""The special tokens that a class puts around a text whatever `tokenizer.json` says, with their
usual texts. Source: transformers 5.24, `post_processor` in the modules of these classes."""

_GENERAL = {"PreTrainedTokenizer", "PreTrainedTokenizerFast", "TokenizersBackend"}

_BERT = {"BertTokenizer", "DistilBertTokenizer", "MPNetTokenizer"}
"""Classes that lower letters unless their configuration says otherwise."""

_BYTE_LEVEL = {
    *("RobertaTokenizer", "BartTokenizer", "LongformerTokenizer", "GPT2Tokenizer"),
    "Qwen2Tokenizer",
}
"""Classes that begin a text with a space only where their configuration says so."""

_MARKED = {"XLMRobertaTokenizer", "CamembertTokenizer"}
"""Classes that leave the space away only where their configuration says so."""

_USUAL = {
    "bert": "BertTokenizer",
    "camembert": "CamembertTokenizer",
    "distilbert": "DistilBertTokenizer",
    "mpnet": "MPNetTokenizer",
    "nomic_bert": "BertTokenizer",
    "qwen3": "Qwen2Tokenizer",
    "roberta": "RobertaTokenizer",
    "xlm-roberta": "XLMRobertaTokenizer",
}
"""The class that `transformers` takes for a `model_type` where none is stated."""

ADDED_TOKENS = "added_tokens.json"
"""Tokens that were added, as written before `tokenizer_config.json` had them."""

SPECIAL_TOKENS = "special_tokens_map.json"
"""Special tokens, as written before `tokenizer_config.json` had all that is said of them."""

_NAMED = [f"{name}_token" for name in ("bos", "eos", "unk", "sep", "pad", "cls", "mask")]

_FLAGS = ("single_word", "lstrip", "rstrip", "normalized")


@dataclass(frozen=True)
class AddedRule:
    """A token that is found in a text before anything is cut.

    flags: how it is found; None: as `tokenizer.json` says, and where it says nothing, as it stands.
    """

    content: str
    flags: Mapping[str, bool] | None


@dataclass(frozen=True)
class TextRules:
    """How texts are prepared for a model, from all files that say something about it."""

    limit: int | None
    """Tokens that the authors set, None where they set none."""
    lower_case: bool = False
    """Every text, its prefix too, is lowered before it is tokenised."""
    side: Literal["left", "right"] | None = None
    """The side on which a long text loses tokens; None: as `tokenizer.json` has it."""
    normaliser: Mapping[str, bool | None] = field(default_factory=dict)
    """What `tokenizer_config.json` says of a BERT normaliser: `lowercase`, `strip_accents` …"""
    bert: bool = False
    """The normaliser is that of BERT, whatever `tokenizer.json` has."""
    case_unsaid: bool = False
    """The usual class for the model lowers letters, and no file says whether it is used."""
    prefix_space: bool | None = None
    """Whether a text begins with a space; None: as `tokenizer.json` has it."""
    ends: tuple[str, str] | None = None
    """The special tokens that the authors' library puts around a text, whatever `tokenizer.json`
    says; None: it does as that file says."""
    added: Mapping[int, AddedRule] = field(default_factory=dict)
    """Tokens that the tokenizer must know, by id."""
    special: tuple[AddedRule, ...] = ()
    """Tokens that are special ones, where the tokenizer knows them."""


def read_text_rules(folder: Path, part: str, notes: list[str], kind: str = "") -> TextRules:
    """Return how texts are prepared for the Transformer module in `folder / part`.

    Args:
        folder: the model's folder.
        part: the module's folder in it, `""` or with a slash at its end.
        notes: gets what a user should know.
        kind: the `model_type` of its `config.json`.
    """
    sentence = Sentence.understood(folder, "", {}, notes)
    for name in SENTENCE_CONFIGS:
        if (folder / part / name).is_file():
            sentence = Sentence.read(folder, part + name, notes)
            break
    for name in sorted(sentence.model_kwargs.keys() - HARMLESS_ARGUMENTS):
        raise unsupported(folder, f"its Transformer module is loaded with {name!r}")
    file = part + TOKENIZER_CONFIG
    tokenizer = TokenizerConfig.read(folder, file, notes)
    stated = sentence.max_seq_length or tokenizer.model_max_length
    return TextRules(
        # tokenizers without a limit state a huge one
        limit=None if stated is None else int(min(stated, 1 << 40)),
        lower_case=sentence.do_lower_case,
        side=tokenizer.truncation_side,
        normaliser=_normaliser(tokenizer),
        bert=_is_bert(tokenizer, kind),
        case_unsaid=_USUAL.get(kind) in _BERT
        and tokenizer.tokenizer_class is None
        and tokenizer.do_lower_case is None,
        prefix_space=_prefix_space(tokenizer, kind),
        ends=_ends(tokenizer, kind),
        added=_added(folder, file, tokenizer) or _added_before(folder, part + ADDED_TOKENS),
        special=_special(folder, part, tokenizer),
    )


def _normaliser(stated: TokenizerConfig) -> dict[str, bool | None]:
    """Return what is said of a BERT normaliser; a class of BERT's has a word on everything."""
    if stated.tokenizer_class in _GENERAL:
        return {}
    said = {
        "lowercase": stated.do_lower_case,
        "strip_accents": stated.strip_accents,
        "handle_chinese_chars": stated.tokenize_chinese_chars,
    }
    if (stated.tokenizer_class or "").removesuffix("Fast") in _BERT:
        usual = {"lowercase": True, "handle_chinese_chars": True}
        return {name: usual.get(name) if value is None else value for name, value in said.items()}
    return {name: value for name, value in said.items() if value is not None}


def _is_bert(stated: TokenizerConfig, kind: str) -> bool:
    """Return whether the class of the tokenizer makes BERT's normaliser anew."""
    if stated.tokenizer_class is None:
        return _USUAL.get(kind) in _BERT and stated.do_lower_case is not None
    return stated.tokenizer_class.removesuffix("Fast") in _BERT


def _class(stated: TokenizerConfig, kind: str) -> str:
    return (stated.tokenizer_class or _USUAL.get(kind, "")).removesuffix("Fast")


def _ends(stated: TokenizerConfig, kind: str) -> tuple[str, str] | None:
    ends = _ENDS.get(_class(stated, kind))
    return (_end(stated, ends[0]), _end(stated, ends[1])) if ends else None


def _end(stated: TokenizerConfig, named: str) -> str:
    name, usual = named.split()
    token: Token = getattr(stated, f"{name}_token")
    text = token.get("content") if isinstance(token, dict) else token
    return text if isinstance(text, str) else usual


def _prefix_space(stated: TokenizerConfig, kind: str) -> bool | None:
    name = _class(stated, kind)
    if name in _BYTE_LEVEL:
        return bool(stated.add_prefix_space)
    return stated.add_prefix_space is not False if name in _MARKED else None


def _special(folder: Path, part: str, tokenizer: TokenizerConfig) -> tuple[AddedRule, ...]:
    """Return the special tokens that a folder names.

    The older file wins, but is read only where the newer one has no `added_tokens_decoder`.

    Source: transformers 5.24, PreTrainedTokenizerBase._from_pretrained.
    """
    stated: dict[str, Any] = {name: getattr(tokenizer, name) for name in _NAMED}
    several: Any = tokenizer.extra_special_tokens or tokenizer.additional_special_tokens
    if "added_tokens_decoder" not in tokenizer.model_fields_set:
        older = read_object(folder / part / SPECIAL_TOKENS)
        stated |= older
        extra = older.get("extra_special_tokens")
        if isinstance(several, list) and isinstance(extra, list):
            several = several + extra
        else:
            several = extra or several or older.get("additional_special_tokens")
    tokens = [stated.get(name) for name in _NAMED]
    several = list(several.values()) if isinstance(several, dict) else several
    tokens += several if isinstance(several, list) else []
    return tuple(
        AddedRule(token, None)
        if isinstance(token, str)
        else AddedRule(token["content"], {n: bool(token[n]) for n in _FLAGS if n in token})
        for token in tokens
        if isinstance(token, str)
        or (isinstance(token, dict) and isinstance(token.get("content"), str))
    )


def _added(folder: Path, file: str, tokenizer: TokenizerConfig) -> dict[int, AddedRule]:
    added = {}
    for number, token in tokenizer.added_tokens_decoder.items():
        content = token.get("content")
        flags = {name: token[name] for name in _FLAGS if name in token}
        if (
            not (number.isascii() and number.isdigit() and len(number) < 10)
            or not isinstance(content, str)
            or not all(isinstance(value, bool) for value in flags.values())
        ):
            raise unsupported(folder, f"{file} has no usable added_tokens_decoder.{number}")
        added[int(number)] = AddedRule(content, flags or None)
    return added


def _added_before(folder: Path, file: str) -> dict[int, AddedRule]:
    added = {}
    for content, number in read_object(folder / file).items():
        if type(number) is not int or not 0 <= number < 1 << 31:
            raise unsupported(folder, f"{file} has no usable number of {shown(content)}")
        added[number] = AddedRule(content, None)
    return added
