"""Commands with an encoder at a provider: what it costs, what it may cost, and going on."""

import json

import httpx
import numpy as np
import pytest

from likewise.classify.foreign import foreign_texts
from tests.cli.test_serve import Serving, serve  # noqa: F401  # a fixture
from tests.cli.test_train import MOODS, write_moods
from tests.http.provider import error_reply, good, providing

NAME = "openai/text-embedding-3-small"


@pytest.fixture
def provider():
    def wide(asked):
        reply = good(asked)
        for item, text in zip(reply.body["data"], asked.body["input"], strict=True):
            item["embedding"] = [float(len(text))] + [1.0] * 1_535
        return reply

    with providing() as provider:
        provider.then = wide
        yield provider


@pytest.fixture
def env(provider, tmp_path):
    return {
        "LIKEWISE_OPENAI_URL": provider.url,
        "LIKEWISE_OFFLINE": "0",
        "LIKEWISE_CACHE": str(tmp_path / "cache"),
        "OPENAI_API_KEY": "sk-canary",
        "LIKEWISE_REMOTE_PRICE": "1000000",
    }


def test_embed_says_what_it_costs(cli, env, provider, tmp_path):
    (tmp_path / "texts.txt").write_text("one\ntwo\nthree\n")
    done = cli("embed", "texts.txt", "-o", "out.npy", "-e", NAME, env=env)
    assert done.code == 0, done.err
    assert np.load(tmp_path / "out.npy").shape == (3, 1_536)
    assert "will cost $5.6000 at most; no --max-cost is set." in done.err
    assert "took 1 requests and 30 tokens, about $30.0000" in done.err
    assert "sk-canary" not in done.err
    again = cli("embed", "texts.txt", "-o", "again.npy", "-e", NAME, env=env)
    assert again.code == 0
    assert "took" not in again.err
    assert len(provider.asked) == 1


def test_embed_spends_no_more_than_it_may_and_goes_on(cli, env, provider, tmp_path):
    (tmp_path / "texts.txt").write_text("a text of some length\n")
    done = cli("embed", "texts.txt", "-o", "out.npy", "-e", NAME, "--max-cost", "5", env=env)
    assert done.code == 3
    assert "Raise --max-cost" in done.err
    assert "Traceback" not in done.err
    assert provider.asked == []
    assert not (tmp_path / "out.npy").exists()
    done = cli("embed", "texts.txt", "-o", "out.npy", "-e", NAME, "--max-cost", "50", env=env)
    assert done.code == 0, done.err
    assert np.load(tmp_path / "out.npy").shape == (1, 1_536)


def test_embed_says_that_a_price_is_unknown(cli, env, provider, tmp_path):
    (tmp_path / "texts.txt").write_text("one\n")
    provider.then = good
    del env["LIKEWISE_REMOTE_PRICE"]
    host = provider.url.removeprefix("http://").removesuffix("/v1")
    env["LIKEWISE_REMOTE_KEYS"] = json.dumps({host: "sk-canary"})
    embed = ("embed", "texts.txt", "-o", "out.npy", "-e", f"{provider.url}/model")
    refused = cli(*embed, "--max-cost", "5", env=env)
    assert refused.code == 3
    assert "Set LIKEWISE_REMOTE_PRICE" in refused.err
    assert provider.texts == ["dimensions"]
    done = cli(*embed, env=env)
    assert done.code == 0, done.err
    assert "may cost an unknown sum: its price is not known" in done.err
    assert "20 tokens, at an unknown price" in done.err
    assert "$" not in done.err


def test_a_server_spends_no_more_than_it_may(env, provider, serve):  # noqa: F811
    prompted = f"{NAME}#query: "
    options = ("--encoder", NAME, "--encoder", prompted, "--max-cost", "12.5")
    running: Serving = serve(*options, **env, LIKEWISE_API_KEYS="key")

    def ask(model, text):
        return httpx.post(
            f"{running.url}/v1/embeddings",
            json={"model": model, "input": text},
            headers={"authorization": "Bearer key"},
        )

    assert ask(NAME, "one").status_code == 200  # $10
    for model in (NAME, prompted):  # $3 more
        answer = ask(model, "another")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "remote_quota")
    assert provider.texts == ["one"]


def test_compare(cli, env):
    done = cli("compare", "aa", "aa", "a longer text", "-e", NAME, "--json", env=env)
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    assert answer["encoder"]["name"] == NAME
    assert answer["best"] == [1]


def test_a_key_that_is_refused_is_one_sentence(cli, env, provider):
    provider.then = error_reply(401, "invalid_api_key", message="sk-canary is wrong")
    done = cli("compare", "a", "b", "-e", NAME, env=env)
    assert done.code == 3
    assert "refused the key" in done.err
    assert "sk-canary" not in done.err
    assert "Traceback" not in done.err


def test_a_classifier_pays_for_each_text_once(cli, env, provider, tmp_path):
    few = [row for label in {label for _, label in MOODS} for row in MOODS if row[1] == label][::4]
    write_moods(tmp_path / "moods.csv", rows=few)
    train = ("train", "moods.csv", "-o", "mood.likewise", "-e", NAME, "--quick")
    done = cli(*train, env=env)
    assert done.code == 0, done.err
    words = {label for _, label in MOODS}  # the demo that it is measured against
    paid = [text for asked in provider.asked for text in asked.body["input"]]
    foreign = foreign_texts()  # which belong to none of the labels; their price is said
    assert f"To try what belongs to none of the labels, {len(foreign):,} sentences" in done.err
    assert sorted(paid) == sorted({text for text, _ in few} | words | set(foreign))
    requests = len(provider.asked)
    again = cli(*train, env=env)
    assert again.code == 0, again.err
    text = few[0][0]
    refused = cli("predict", "mood.likewise", "-", stdin="my PIN is 1234\n", env=env)
    assert refused.code == 3
    assert (
        f"It was made with '{NAME}', so texts would be sent there. Nothing was sent." in refused.err
    )
    predict = ("predict", "mood.likewise", "-", "-e", NAME)
    known = cli(*predict, stdin=text + "\n", env=env)
    assert "Texts are sent to 127.0.0.1" in known.err
    assert known.code == 0, known.err
    assert len(provider.asked) == requests
    new = cli(*predict, stdin=f"{text}\nsomething new\n", env=env)
    assert new.code == 0, new.err
    assert provider.asked[-1].body["input"] == ["something new"]
    assert len(provider.asked) == requests + 1
