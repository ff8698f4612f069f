"""Static models: the mean of a table's rows, by the rules of the library that wrote the folder."""

import numpy as np
import pytest

from likewise.errors import UnsupportedModel, WeightsMissing
from tests.encoders.folders import change_json, copied, module, opened, write_json, write_raw
from tests.encoders.models import tokenizer

RNG = np.random.default_rng(3)
TABLE = RNG.normal(size=(40, 8)).astype(np.float32)
IDS = {f"w{n}": n + 4 for n in range(36)}


def unit(x):
    return x / np.linalg.norm(x)


@pytest.fixture
def static(tmp_path):
    """As sentence-transformers writes a StaticEmbedding."""
    folder = tmp_path / "static"
    folder.mkdir()
    tokenizer().save(str(folder / "tokenizer.json"))
    write_raw(folder / "model.safetensors", {"embedding.weight": ("F32", TABLE)})
    write_json(folder / "modules.json", [module("", "StaticEmbedding")])
    return folder


@pytest.fixture
def potion(static):
    """As model2vec writes a StaticModel."""
    write_raw(static / "model.safetensors", {"embeddings": ("F32", TABLE)})
    write_json(
        static / "modules.json",
        [module(".", "StaticEmbedding"), module("1_Normalize", "Normalize")],
    )
    write_json(
        static / "config.json",
        {"model_type": "model2vec", "architectures": ["StaticModel"], "normalize": True},
    )
    return static


def test_a_text_is_the_mean_of_its_tokens(static):
    encoder = opened(static)
    encoding = encoder.encode(["w1 w2 w2", "w5", "", "w1 nothing", "w3 " * 100_000])
    expected = [
        unit(TABLE[5] + 2 * TABLE[6]),
        unit(TABLE[9]),
        unit(TABLE[3]),  # nothing is one unknown token
        unit(TABLE[5] + TABLE[3]),
        unit(TABLE[7]),
    ]
    np.testing.assert_allclose(encoding.vectors, expected, atol=2e-5)
    assert encoding.tokens.tolist() == [3, 1, 0, 2, 100_000]
    assert encoding.unknown.tolist() == [0, 0, 0, 1, 0]
    assert not encoding.truncated.any()
    assert encoder.identity.max_tokens == 0
    assert encoder.runtime.engine == "numpy"


def test_parts_add_up(static):
    encoder = opened(static, prefix="w9 ")
    texts = ["w1 w2", "", "w5 unknown"]
    for parts, vector in zip(
        encoder.token_parts(texts), encoder.encode(texts).vectors, strict=True
    ):
        np.testing.assert_allclose(parts.parts.sum(axis=0), vector, atol=1e-5)
    assert encoder.token_parts(["w1 w2"])[0].places.tolist() == [[0, 0], [0, 2], [3, 5]]


def test_model2vec_leaves_out_what_it_does_not_know_and_reads_512_tokens(potion):
    encoder = opened(potion)
    encoding = encoder.encode(["w1 nothing w2", "nothing", "w1 " * 512 + "w2 " * 10])
    np.testing.assert_allclose(
        encoding.vectors, [unit(TABLE[5] + TABLE[6]), unit(TABLE[3]), unit(TABLE[5])], atol=2e-5
    )
    assert encoding.truncated.tolist() == [False, False, True]
    assert encoder.identity.max_tokens == 512
    change_json(potion / "config.json", {"max_length": 2})
    assert opened(potion).encode(["w1 w2 w3"]).vectors[0] == pytest.approx(
        unit(TABLE[5] + TABLE[6]), abs=1e-5
    )
    write_json(potion / "config.json", {"model_type": "model2vec", "max_length": None})
    assert opened(potion).identity.max_tokens == 0


def test_model2vec_without_modules(potion):
    before = opened(potion).identity.digest
    (potion / "modules.json").unlink()
    assert opened(potion).identity.digest == before


def test_a_table_of_kinds_with_weights(potion):
    kinds = RNG.integers(0, 6, 40)
    weights = RNG.random(40).astype(np.float32)
    write_raw(
        potion / "model.safetensors",
        {
            "embeddings": ("F32", TABLE[:6]),
            "mapping": ("I64", kinds),
            "weights": ("F32", weights),
        },
    )
    expected = unit(sum(TABLE[kinds[i]] * weights[i] for i in (5, 6)))
    np.testing.assert_allclose(opened(potion).encode(["w1 w2"]).vectors[0], expected, atol=2e-5)


def test_integers_of_model2vec_are_vectors_of_one_scale(potion):
    small = (TABLE * 30).round().astype(np.int8)
    write_raw(potion / "model.safetensors", {"embeddings": ("I8", small)})
    expected = unit(small[5].astype(float) + small[6])
    np.testing.assert_allclose(opened(potion).encode(["w1 w2"]).vectors[0], expected, atol=2e-5)


def test_a_row_of_zeros_has_some_vector(static):
    table = TABLE.copy()
    table[3] = 0
    write_raw(static / "model.safetensors", {"embedding.weight": ("F32", table)})
    vectors = opened(static).encode(["", "w1"]).vectors
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("side", ["right", "left"])
def test_a_static_text_is_cut_as_tokenizer_json_says(static, potion, side):
    made = tokenizer()
    made.enable_truncation(2, direction=side)
    made.save(str(potion / "tokenizer.json"))
    write_json(potion / "config.json", {"model_type": "model2vec", "max_length": 2})
    first, last = unit(TABLE[5] + TABLE[6]), unit(TABLE[6] + TABLE[7])
    encoding = opened(potion).encode(["w1 w2 w3"])  # which sets its limit, and its side, anew
    np.testing.assert_allclose(encoding.vectors, [first], atol=2e-5)
    (potion / "config.json").unlink()
    encoder = opened(potion)
    encoding = encoder.encode(["w1 w2 w3"])
    np.testing.assert_allclose(encoding.vectors, [first if side == "right" else last], atol=2e-5)
    assert encoding.truncated.all()
    assert encoder.identity.max_tokens == 2


def test_weights_that_are_not_computed_with_are_said(potion, static):
    assert opened(potion).runtime.notes == ()
    beside = {"mapping": ("I64", np.arange(40)), "weights": ("F32", TABLE[:, 0])}
    write_raw(potion / "model.safetensors", {"embeddings": ("F32", TABLE), **beside})
    assert opened(potion).runtime.notes == ()
    new = {"scales": ("F32", TABLE[:, 1])}
    write_raw(potion / "model.safetensors", {"embeddings": ("F32", TABLE), **beside, **new})
    assert opened(potion).runtime.notes == ("Not used of its weights: 'scales'.",)


def test_only_a_table_of_kinds_has_a_mapping_beside_it(static):
    beside = {"mapping": ("I64", np.zeros(40, np.int64)), "weights": ("F32", TABLE[:, 0])}
    expected = opened(static).encode(["w1 w2"]).vectors
    write_raw(static / "model.safetensors", {"embedding.weight": ("F32", TABLE), **beside})
    np.testing.assert_array_equal(opened(static).encode(["w1 w2"]).vectors, expected)


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({"other": ("F32", TABLE)}, "no 'embedding.weight'"),
        ({"embedding.weight": ("F32", TABLE[:39])}, "up to number 39"),
        ({"embedding.weight": ("F32", TABLE[0])}, "embedding.weight is 8"),
        ({"embedding.weight": ("I8", TABLE.astype(np.int8))}, "stored as I8"),
        (
            {"embeddings": ("F32", TABLE), "mapping": ("I64", np.full(40, 40))},
            "mapping leads outside",
        ),
        (
            {"embeddings": ("F32", TABLE), "mapping": ("F32", np.zeros(40, np.float32))},
            "mapping is stored as F32",
        ),
        (
            {"embeddings": ("F32", TABLE), "weights": ("F32", np.zeros(39, np.float32))},
            "weights is 39",
        ),
    ],
)
def test_tables_that_are_refused(static, tensors, said):
    write_raw(static / "model.safetensors", tensors)
    with pytest.raises(UnsupportedModel, match=said):
        opened(static)


def test_what_decides_about_the_vector_decides_about_the_digest(static, potion):
    digests = set()
    for number, config in enumerate(
        ({"model_type": "model2vec"}, {"model_type": "model2vec", "max_length": 9}, {})
    ):
        folder = copied(potion, str(number))
        write_json(folder / "config.json", config)
        digests.add(opened(folder).identity.digest)
    assert len(digests) == 3


def test_files_that_are_not_there(static):
    (static / "model.safetensors").unlink()
    with pytest.raises(WeightsMissing, match=r"model\.safetensors"):
        opened(static)
