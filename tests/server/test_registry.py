"""Which encoders a server offers, and what they say before they encode."""

import asyncio

import numpy as np
import pytest

import likewise
from likewise import encoders
from likewise.encoders.sha256 import Sha256Encoder
from likewise.encoders.shortened import ShortenedEncoder
from likewise.errors import FileMissing, InvalidDimensions, LikewiseError, UnknownEncoder
from likewise.server.engine.registry import MOST_OPENED, EncoderRegistry
from likewise.settings import Settings
from tests.encoders.models import write_model

TEXTS = [
    "",
    " ",
    "one",
    "A cat sleeps for around fifteen hours a day.",
    "word " * 300,
    "w" * 70_000,
]


def test_a_prompt_is_an_encoder_of_its_own(monkeypatch):
    asked = []

    def load(name, *, prefix, settings):
        asked.append((name, prefix))
        return Sha256Encoder()

    monkeypatch.setattr(encoders, "load", load)
    registry = EncoderRegistry(
        Settings(encoder="org/e5", encoders=("org/e5#query", "org/e5#passage"))
    )
    assert registry.names == ("org/e5", "org/e5#query", "org/e5#passage")
    for name in (*registry.names, "org/e5#query"):
        asyncio.run(registry.get(name))
    assert asked == [("org/e5", None), ("org/e5", "query"), ("org/e5", "passage")]
    with pytest.raises(UnknownEncoder):
        registry.check("org/e5#other")


def test_a_prompt_that_the_model_does_not_declare(tmp_path):
    write_model(tmp_path / "tiny", prompts={"query": "w7 ", "passage": ""})
    write_model(tmp_path / "plain")
    for name, prompt in (
        ("tiny", "w9 "),
        ("tiny", "nosuch"),
        ("plain", "nosuch"),
        ("plain", "query"),
    ):
        wanted = f"{tmp_path / name}#{prompt}"
        registry = EncoderRegistry(Settings(encoder="sha256", encoders=(wanted,)))
        with pytest.raises(LikewiseError, match=r"declares"):
            asyncio.run(registry.get(wanted))
    empty = f"{tmp_path / 'tiny'}#passage"
    registry = EncoderRegistry(Settings(encoder="sha256", encoders=(empty,)))
    plain = likewise.load(str(tmp_path / "tiny"))
    assert asyncio.run(registry.get(empty)).identity.digest == plain.identity.digest


def test_declared_prompts_are_offered_with_the_model_and_share_its_engine(tmp_path):
    write_model(tmp_path / "tiny", prompts={"query": "w7 ", "document": ""})
    name = str(tmp_path / "tiny")
    registry = EncoderRegistry(Settings(encoder=name, encoders=(), aliases={"e5": name}))

    async def ask():
        with pytest.raises(UnknownEncoder, match=r"declares no prompt 'nosuch'") as early:
            await registry.get(f"{name}#nosuch", param="model")
        assert "document, query" in early.value.remedy
        assert early.value.param == "model"
        return [await registry.get(f"{n}#{p}") for n in (name, "e5") for p in ("query", "document")]

    query, document, *again = asyncio.run(ask())
    assert again == [query, document]
    expected = likewise.load(name, prefix="w7 ").encode(TEXTS).vectors
    np.testing.assert_array_equal(query.encode(TEXTS).vectors, expected)
    assert document.identity == likewise.load(name).identity
    assert query._engine is document._engine
    assert registry.names == (name,)
    assert registry.check("e5#query") == f"{name}#query"
    for unknown in (f"{name}#nosuch", f"{name}#query#query", "#query", "sha256#query"):
        with pytest.raises(UnknownEncoder):
            registry.check(unknown)
    short = asyncio.run(
        EncoderRegistry(Settings(encoder=name, matryoshka=(name,))).get_shortened(
            f"{name}#query", 8
        )
    )
    assert (short.identity.dims, short.identity.prefix) == (8, "w7 ")


def test_two_who_ask_at_once_load_once(monkeypatch):
    asked = []
    monkeypatch.setattr(encoders, "load", lambda name, **_: asked.append(name) or Sha256Encoder())

    async def both():
        registry = EncoderRegistry(Settings(encoder="sha256", encoders=()))
        return await asyncio.gather(registry.get(), registry.get("sha256"))

    one, other = asyncio.run(both())
    assert one is other
    assert asked == ["sha256"]


@pytest.mark.parametrize("name", ["minilm", "sha256"])
def test_tokens_are_counted_beforehand_as_encoding_counts_them(name):
    encoder = likewise.load(name)
    tokens, truncated, unknown = encoder.count_tokens(TEXTS)
    encoding = encoder.encode(TEXTS)
    assert tokens.dtype == np.int32
    assert np.array_equal(tokens, encoding.tokens)
    assert np.array_equal(truncated, encoding.truncated)
    assert np.array_equal(unknown, encoding.unknown)
    assert [len(one) for one in encoder.count_tokens([])] == [0, 0, 0]


def test_shortened_vectors_have_an_identity_of_their_own():
    whole = Sha256Encoder()
    short = ShortenedEncoder(whole, 64)
    vectors = short.encode(["a", "b"]).vectors
    assert vectors.shape == (2, 64)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    cut = whole.encode(["a", "b"]).vectors[:, :64]
    assert np.allclose(vectors, cut / np.linalg.norm(cut, axis=1, keepdims=True))
    digests = {e.identity.digest for e in (whole, short, ShortenedEncoder(whole, 63))}
    assert len(digests) == 3
    for wrong in (0, -1, 257):
        with pytest.raises(InvalidDimensions):
            ShortenedEncoder(whole, wrong)


def owner(**changes):
    return Settings(encoder="sha256", encoders=(), host="127.0.0.1", **changes)


def test_the_owner_opens_a_folder_and_the_oldest_falls_off(tmp_path):
    names = []
    for number in range(MOST_OPENED + 1):
        write_model(tmp_path / f"m{number}", seed=number)
        names.append(str(tmp_path / f"m{number}"))
    registry = EncoderRegistry(owner())
    for name in names:
        assert asyncio.run(registry.open(f" {name} ")) == name
    assert registry.names == ("sha256", *names[1:])
    assert asyncio.run(registry.get(names[-1])).identity.name == names[-1]
    with pytest.raises(UnknownEncoder):
        registry.check(names[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"public": True},
        {"host": "0.0.0.0"},
        {"allowed_hosts": ("example.org",)},
        {"trusted_proxies": ("10.0.0.1",)},
    ],
)
def test_where_strangers_can_ask_nothing_is_opened(tmp_path, changes, monkeypatch):
    write_model(tmp_path / "model")
    monkeypatch.setattr(encoders, "load", lambda *_, **__: pytest.fail("it was loaded"))
    registry = EncoderRegistry(owner().model_copy(update=changes))
    assert not registry.opens
    with pytest.raises(UnknownEncoder, match="strangers") as caught:
        asyncio.run(registry.open(str(tmp_path / "model")))
    assert caught.value.param == "name"


@pytest.mark.parametrize("name", ["openai/text-embedding-3-small", "http://127.0.0.1:9/v1/x"])
def test_providers_are_not_opened(name):
    with pytest.raises(UnknownEncoder, match="provider"):
        asyncio.run(EncoderRegistry(owner()).open(name))


def test_what_can_not_be_loaded_is_not_offered(tmp_path):
    registry = EncoderRegistry(owner())
    with pytest.raises(FileMissing):
        asyncio.run(registry.open(str(tmp_path / "nothing")))
    with pytest.raises(UnknownEncoder):
        asyncio.run(registry.open("nobody"))
    assert registry.names == ("sha256",)


def test_what_is_known_of_an_encoder_is_said_in_words(tmp_path):
    folder = str(tmp_path)
    offered = ("sha256", folder, "org/e5", "openai/text-embedding-3-small")
    registry = EncoderRegistry(Settings(encoder="sha256", encoders=offered))
    said = {name: registry.describe(name)["description"] for name in offered}
    assert said[folder] == f"the model in the folder {folder}"
    assert said["org/e5"] == "the Hugging Face hub’s org/e5"
    assert said["openai/text-embedding-3-small"] == "a provider’s openai/text-embedding-3-small"
    assert said["sha256"].startswith("a checksum")
