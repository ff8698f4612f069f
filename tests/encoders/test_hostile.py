"""Whatever a folder holds leads to a model, or to an error that says what is wrong."""

import json
import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.encoders.local.model_folder import read_model_folder
from likewise.errors import EncoderError
from tests.encoders.folders import MODULES, opened, write_json
from tests.encoders.models import write_model

FILES = (
    "config.json",
    "modules.json",
    "1_Pooling/config.json",
    "2_Dense/config.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "model.safetensors.index.json",
    "adapter_config.json",
)

VALUES = [
    None,
    True,
    False,
    0,
    -1,
    1,
    3,
    10**9,
    10**30,
    -(10**400),
    0.5,
    1e300,
    float("nan"),
    float("inf"),
    "",
    "x",
    "\ud800",
    "\0",
    "1" * 300,
    [],
    [None],
    [[[[]]]],
    ["x", 1],
    {},
    {"x": None},
    {"0": "x"},
    {"query": 3},
]

BYTES = [
    b"",
    b"\0",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"3",
    b"NaN",
    b"\xff\xfe{\0}\0",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"1" * 5_000,
    b'{"hidden_size": ' + b"9" * 5_000 + b"}",
]


def folder_of(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    write_model(folder)
    write_json(folder / "modules.json", MODULES)
    write_json(folder / "tokenizer_config.json", {"model_max_length": 24})
    return folder


def load(folder: Path) -> None:
    """Read the folder; anything but an error of ours goes through."""
    try:
        spec = read_model_folder(folder)
    except EncoderError as error:
        said = str(error)
        assert "\n" not in said
        said.encode()
        assert len(said) < 1_200
    else:
        assert spec.max_tokens > 0
        spec.graph.encode()


@pytest.mark.parametrize("content", BYTES, ids=lambda content: repr(content[:12]))
@pytest.mark.parametrize("file", FILES)
def test_files_that_are_something_else(tmp_path, file, content):
    folder = folder_of(tmp_path)
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_bytes(content)
    load(folder)


def members(value: object, at: tuple = ()) -> list[tuple]:
    """Return the paths of all members of a JSON value, but of a vocabulary."""
    found = [at] if at else []
    if isinstance(value, dict) and at[-1:] != ("vocab",):
        for name, inner in value.items():
            found += members(inner, (*at, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value[:3]):
            found += members(inner, (*at, index))
    return found


def changed(value, at, new):
    if not at:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = changed(value[at[0]], at[1:], new)
    return copy


@pytest.mark.parametrize("file", FILES[:9])
def test_members_that_are_something_else(tmp_path, file):
    folder = folder_of(tmp_path)
    path = folder / file
    known = {
        "config.json": ("vocab_size", "auto_map", "architectures", "type_vocab_size"),
        "sentence_bert_config.json": ("max_seq_length", "do_lower_case", "model_args"),
        "config_sentence_transformers.json": ("prompts", "default_prompt_name", "truncate_dim"),
        "special_tokens_map.json": ("cls_token", "additional_special_tokens"),
        "tokenizer_config.json": ("truncation_side", "added_tokens_decoder", "do_lower_case"),
    }
    content = json.loads(path.read_text()) if path.is_file() else {}
    if isinstance(content, dict):
        content |= {name: None for name in known.get(file, ()) if name not in content}
    if file == "2_Dense/config.json":
        content = {"in_features": 32, "out_features": 8, "bias": True, "activation_function": "x"}
        path.parent.mkdir()
    for at in members(content):
        for value in VALUES:
            path.write_text(json.dumps(changed(content, at, value)))
            load(folder)


@pytest.mark.parametrize("file", FILES)
def test_files_that_are_no_files(tmp_path, file):
    folder = folder_of(tmp_path)
    path = folder / file
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    path.mkdir()
    load(folder)
    path.rmdir()
    os.mkfifo(path)
    load(folder)
    path.unlink()
    path.symlink_to(path)
    load(folder)
    path.unlink()
    path.symlink_to("/dev/zero")
    load(folder)


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_weights_with_flipped_bytes(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("hostile") / "tiny"
    write_model(folder)
    raw = bytearray((folder / "model.safetensors").read_bytes())
    length = int.from_bytes(raw[:8], "little")
    for place in data.draw(st.lists(st.integers(0, length + 16), max_size=4)):
        raw[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)) | st.just(len(raw)))
    (folder / "model.safetensors").write_bytes(raw[:cut])
    load(folder)


def test_tokenizers_with_flipped_bytes(tmp_path):
    folder = folder_of(tmp_path)
    raw = (folder / "tokenizer.json").read_bytes()
    draw = random.Random(7)
    for _ in range(300):
        broken = bytearray(raw)
        for _ in range(draw.randint(1, 3)):
            broken[draw.randrange(len(broken))] = draw.randrange(256)
        (folder / "tokenizer.json").write_bytes(broken)
        load(folder)


def replacing(pattern, content, times):
    one = {"type": "Replace", "pattern": pattern, "content": content}
    return {"type": "Sequence", "normalizers": [one] * times}


def nested(state, times):
    for _ in range(times):
        state = {"type": "Sequence", "normalizers": [state, state]}
    return state


@pytest.mark.parametrize(
    ("normalizer", "refused"),
    [
        (replacing({"String": "e"}, "ee", 40), True),
        (replacing({"String": "e"}, "e" * 2_000, 1), True),
        (replacing({"Regex": ""}, "e", 40), True),
        (replacing({"String": "e"}, "e" * 200, 200), True),
        (nested(replacing({"String": "e"}, "ee", 2), 5), True),
        ({"type": "Prepend", "prepend": "e" * 5_000}, True),
        (replacing({"String": "ee"}, "e", 400), False),
        (replacing({"Regex": " {2,}"}, "\u2581", 3), False),
        (replacing({"Regex": "[!?]"}, "", 400), False),
        ({"type": "Prepend", "prepend": "\u2581"}, False),
    ],
)
def test_a_tokenizer_that_unfolds_texts_is_refused(tmp_path, normalizer, refused):
    folder = folder_of(tmp_path)
    written = json.loads((folder / "tokenizer.json").read_text())
    write_json(folder / "tokenizer.json", written | {"normalizer": normalizer})
    if refused:
        with pytest.raises(EncoderError, match="times as long"):
            read_model_folder(folder)
    else:
        assert len(opened(folder).encode(["eel"]).vectors) == 1


def test_weights_that_are_not_finite(tmp_path):
    import numpy as np

    from tests.encoders.folders import change_weights

    folder = folder_of(tmp_path)
    change_weights(folder, lambda w: {n: np.full_like(v, np.nan) for n, v in w.items()})
    with pytest.raises(EncoderError):
        opened(folder).encode(["w1"])
