"""What a model reads of a text, and that a long one holds nobody else up."""

import json

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from likewise.encoders.local.encoder import LocalEncoder
from likewise.encoders.local.texts import read_text_rules
from likewise.encoders.local.tokenizer import TextTokenizer
from likewise.errors import UnsupportedModel
from tests.encoders.models import expected_vector, write_model
from tests.panics import PanicException


@pytest.fixture
def tokenizer(tmp_path):
    write_model(tmp_path / "tiny")
    return TextTokenizer(tmp_path / "tiny" / "tokenizer.json", max_tokens=16)


class Spy:
    """A tokenizer that notes how it was asked."""

    def __init__(self, tokenizer):
        self._tokenizer = tokenizer
        self.asked = []

    def encode(self, text, **options):
        self.asked.append("with the interpreter's lock")
        return self._tokenizer.encode(text, **options)

    def encode_batch_fast(self, texts, **options):
        self.asked.append("without")
        return self._tokenizer.encode_batch_fast(texts, **options)


@pytest.mark.parametrize(("words", "how"), [(5, "with the interpreter's lock"), (1_000, "without")])
def test_only_a_short_text_keeps_the_interpreters_lock(tokenizer, words, how):
    text = "w1 " * words
    expected, counts = tokenizer.tokenise([text, text])
    spy = tokenizer._tokenizer = Spy(tokenizer._tokenizer)
    ids, count = tokenizer.tokenise([text])
    assert spy.asked == [how]
    np.testing.assert_array_equal(ids[0], expected[0])
    for one, both in zip(count, counts, strict=True):
        assert one[0] == both[0]


PROCESSORS = {
    "none": (0, 0),
    "front only": (1, 0),
    "both": (1, 1),
    "two closing": (1, 2),
}


def with_processor(folder, name):
    front, back = PROCESSORS[name]
    made = Tokenizer.from_file(str(folder / "tokenizer.json"))
    template = " ".join(["[CLS]"] * front + ["$A"] + ["[SEP]"] * back)
    made.post_processor = processors.TemplateProcessing(
        single=template, special_tokens=[("[CLS]", 0), ("[SEP]", 2)]
    )
    made.add_special_tokens(["[CLS]", "[PAD]", "[SEP]", "[UNK]"])
    made.save(str(folder / "tokenizer.json"))
    content = json.loads((folder / "tokenizer.json").read_text())
    if name == "none":
        content["post_processor"] = None
    (folder / "tokenizer.json").write_text(json.dumps(content))


HARD_TEXTS = [
    "",
    " ",
    "\u200b",
    "w1",
    "w1 [SEP] w2",
    "[PAD]",
    "w1 [PAD] w2",
    "w1 w2 w3 w4 w5 w6 w7 w8 w9",
    "[SEP] w2 w3 w4 w5 w6 w7 w8 [CLS]",
    "nothing known at all here to be seen",
]


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("processor", PROCESSORS)
@pytest.mark.parametrize("family", ["bert", "xlm-roberta"])
def test_texts_are_read_as_the_tokenizer_itself_would_cut_them(tmp_path, family, processor, side):
    weights = write_model(tmp_path / "tiny", family=family, max_seq_length=6)
    with_processor(tmp_path / "tiny", processor)
    (tmp_path / "tiny/tokenizer_config.json").write_text(json.dumps({"truncation_side": side}))
    own = Tokenizer.from_file(str(tmp_path / "tiny/tokenizer.json"))
    encoder = LocalEncoder(tmp_path / "tiny", name="tiny", precision="f32")
    encoding = encoder.encode(HARD_TEXTS)
    for text, vector, count, cut in zip(
        HARD_TEXTS, encoding.vectors, encoding.tokens, encoding.truncated, strict=True
    ):
        own.no_truncation()
        whole = own.encode(text).ids
        assert count == len(whole)
        assert cut == (len(whole) > 6)
        own.enable_truncation(6, direction=side)
        ids = own.encode(text).ids or [3]  # nothing is read as one unknown token
        positions = None
        if family == "xlm-roberta":  # padding, 1, has its own position and doesn't move the others
            known = np.array(ids) != 1
            positions = (np.cumsum(known) * known + 1).tolist()
        expected = expected_vector(weights, ids, family=family, positions=positions)
        np.testing.assert_allclose(vector, expected, atol=2e-5)
    # together as one by one
    one_by_one = np.concatenate([encoder.encode([text]).vectors for text in HARD_TEXTS])
    np.testing.assert_allclose(one_by_one, encoding.vectors, atol=2e-5)
    parts = encoder.token_parts(HARD_TEXTS)
    for split, vector in zip(parts, encoding.vectors, strict=True):
        assert len(split.parts) == len(split.places)
        np.testing.assert_allclose(split.parts.sum(axis=0), vector, atol=2e-5)


@pytest.mark.parametrize(
    "processor",
    [
        processors.BertProcessing(("[SEP]", 2), ("[CLS]", 0)),
        processors.RobertaProcessing(("[SEP]", 2), ("[CLS]", 0)),
        processors.ByteLevel(trim_offsets=True),
        processors.Sequence(
            [
                processors.ByteLevel(trim_offsets=True),
                processors.TemplateProcessing(
                    single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 2)]
                ),
            ]
        ),
    ],
    ids=lambda processor: type(processor).__name__,
)
@pytest.mark.parametrize("side", ["left", "right"])
def test_processors_of_other_kinds(tmp_path, processor, side):
    write_model(tmp_path / "tiny")
    path = tmp_path / "tiny/tokenizer.json"
    own = Tokenizer.from_file(str(path))
    own.post_processor = processor
    own.enable_truncation(6, direction=side)
    own.save(str(path))
    read = TextTokenizer(path, max_tokens=6)
    ids, _ = read.tokenise(HARD_TEXTS)
    for text, found in zip(HARD_TEXTS, ids, strict=True):
        assert found.tolist() == (own.encode(text).ids or [3])
        assert len(read.places(text)) == len(found)


@pytest.mark.parametrize("kind", ["unigram", "byte-level", "wordpiece"])
def test_tokenizers_of_other_kinds(tmp_path, kind):
    words = ["a", "b", "ab", "abc", "\u2581", "\u2581a", "##b", "\u0120a", "\u0120"]
    if kind == "unigram":
        scored = [("<unk>", 0.0), *((word, -float(n)) for n, word in enumerate(words))]
        own = Tokenizer(models.Unigram(scored, unk_id=0))
        own.pre_tokenizer = pre_tokenizers.Metaspace()
    elif kind == "byte-level":
        own = Tokenizer(models.BPE({word: n for n, word in enumerate(words)}, [("a", "b")]))
        own.pre_tokenizer = pre_tokenizers.ByteLevel()
    else:
        vocabulary = {word: n for n, word in enumerate(["[UNK]", *words])}
        own = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
        own.pre_tokenizer = pre_tokenizers.Whitespace()
    own.save(str(tmp_path / "tokenizer.json"))
    own.enable_truncation(3)
    read = TextTokenizer(tmp_path / "tokenizer.json", max_tokens=3)
    ids, counts = read.tokenise(["ab ab", "", "a b ab abc a", "zz a"])
    for text, found in zip(["ab ab", "a b ab abc a"], (ids[0], ids[2]), strict=True):
        assert found.tolist() == own.encode(text).ids
    assert len(ids[1]) == 1
    assert counts.unknown[3] > 0


BYTES, MARKS, GENERAL = "RobertaTokenizer", "XLMRobertaTokenizerFast", "PreTrainedTokenizerFast"


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize(
    ("kind", "own", "stated", "begins"),
    [
        (BYTES, True, None, False),
        (BYTES, True, False, False),
        (BYTES, False, True, True),
        ("Qwen2Tokenizer", False, None, False),
        (GENERAL, True, False, True),
        (GENERAL, False, True, False),
        (MARKS, True, None, True),
        (MARKS, True, False, False),
        (MARKS, False, True, True),
    ],
)
def test_a_class_decides_whether_a_text_begins_with_a_space(
    tmp_path, kind, own, stated, begins, nested
):
    write_model(tmp_path / "tiny")
    path = tmp_path / "tiny/tokenizer.json"

    def splitter(space):
        if kind == MARKS:
            made = pre_tokenizers.Metaspace(prepend_scheme="always" if space else "never")
        else:
            made = pre_tokenizers.ByteLevel(add_prefix_space=space, use_regex=not nested)
        parts = [pre_tokenizers.Split(" ", "merged_with_next"), made]
        return pre_tokenizers.Sequence(parts) if nested else made

    words = ["[UNK]", "a", "b", "\u0120", "\u0120a", "\u0120b", "\u2581", "\u2581a", "\u2581b"]
    vocabulary = {word: n for n, word in enumerate(words)}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    made.pre_tokenizer = splitter(begins)
    expected = made.encode("a b").ids
    made.pre_tokenizer = splitter(own)
    made.save(str(path))
    (tmp_path / "tiny/tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": kind, "add_prefix_space": stated})
    )
    rules = read_text_rules(tmp_path / "tiny", "", [])
    read = TextTokenizer(path, max_tokens=9, rules=rules)
    assert read.tokenise(["a b"])[0][0].tolist() == expected
    assert expected[0] == vocabulary["a"] if not begins else expected[0] != vocabulary["a"]
    assert (read.changes == []) == (begins == own), read.changes


def test_what_decides_about_tokens_decides_about_the_digest(tmp_path):
    digests = set()
    for number, processor in enumerate(PROCESSORS):
        for side in ("left", "right"):
            folder = tmp_path / f"{number}{side}"
            write_model(folder)
            with_processor(folder, processor)
            (folder / "tokenizer_config.json").write_text(json.dumps({"truncation_side": side}))
            digests.add(LocalEncoder(folder, name="x", precision="f32").identity.digest)
    assert len(digests) == 8


def test_the_side_that_tokenizer_json_states(tmp_path):
    write_model(tmp_path / "tiny", max_seq_length=6)
    made = Tokenizer.from_file(str(tmp_path / "tiny/tokenizer.json"))
    made.enable_truncation(128, direction="left")
    made.enable_padding(length=64, pad_id=1, pad_token="[PAD]")
    made.save(str(tmp_path / "tiny/tokenizer.json"))
    read = TextTokenizer(tmp_path / "tiny/tokenizer.json", max_tokens=6)
    assert read.tokenise(["w1 w2 w3 w4 w5 w6"])[0][0].tolist() == [0, 7, 8, 9, 10, 2]


def test_a_long_text_that_is_cut_on_the_left_keeps_its_end(tmp_path):
    write_model(tmp_path / "tiny", max_seq_length=6)
    (tmp_path / "tiny/tokenizer_config.json").write_text('{"truncation_side": "left"}')
    encoder = LocalEncoder(tmp_path / "tiny", name="tiny", precision="f32")
    long = "w1 " * 100_000 + "w2 w3 w4 w5"
    encoding = encoder.encode([long, "w2 w3 w4 w5"])
    np.testing.assert_array_equal(*encoding.vectors)
    assert encoding.truncated.tolist() == [True, False]


def test_unknown_tokens_are_counted(tokenizer):
    _, counts = tokenizer.tokenise(["w1 w2", "w1 \u0e2a\u0e27", "", "[UNK]", "x " * 40])
    assert counts.unknown.tolist() == [0, 1, 0, 3, 40]


def test_a_panic_of_the_tokenizer_is_an_error_of_ours(tokenizer):
    class Broken:
        def encode(self, *_, **__):
            raise PanicException("index out of bounds")

    tokenizer._tokenizer = Broken()
    with pytest.raises(UnsupportedModel, match=r"its tokenizer failed: .*index out of bounds"):
        tokenizer.tokenise(["w1"])
