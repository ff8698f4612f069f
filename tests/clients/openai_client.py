"""openai for Python: base64 is its default, and must round trip bit for bit."""

import json
import os
import urllib.request

import numpy as np
import openai

TEXTS = ["I love my cat.", "Der Hund schläft. 🐕", "x"]
client = openai.OpenAI()  # address and key from the environment

answer = client.embeddings.create(model="minilm", input=TEXTS)
vectors = np.array([item.embedding for item in answer.data], np.float32)
assert vectors.shape == (3, 384)
assert [item.index for item in answer.data] == [0, 1, 2]
assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
assert answer.usage.prompt_tokens == answer.usage.total_tokens > 10
assert answer.model == "minilm"

floats = client.embeddings.create(model="minilm", input=TEXTS, encoding_format="float")
assert np.array_equal(vectors, np.array([i.embedding for i in floats.data], np.float32))

request = urllib.request.Request(
    os.environ["OPENAI_BASE_URL"] + "/embeddings",
    json.dumps({"model": "minilm", "input": TEXTS}).encode(),
    {"Content-Type": "application/json"},
)
with urllib.request.urlopen(request) as raw:
    plain = json.load(raw)["data"]
assert np.array_equal(vectors, np.array([item["embedding"] for item in plain], np.float32))

raw = client.embeddings.with_raw_response.create(model="minilm", input="a")
assert len(raw.headers["x-likewise-digest"]) == 64
assert raw.parse().data[0].embedding

many = client.embeddings.create(model="minilm", input=[f"text {n}" for n in range(2_048)])
assert [item.index for item in many.data] == list(range(2_048))

assert {model.id for model in client.models.list()} == {"minilm", "sha256"}
assert client.models.retrieve("minilm").owned_by == "likewise"

for kind, arguments in {
    openai.NotFoundError: {"model": "gpt-4", "input": "a"},
    openai.BadRequestError: {"model": "minilm", "input": ""},
}.items():
    try:
        client.embeddings.create(**arguments)
        raise AssertionError(f"{kind.__name__} was expected")
    except kind as error:
        assert error.body["message"]
        assert error.type == "invalid_request_error"
        assert error.request_id

try:
    client.embeddings.create(model="minilm", input="word " * 300)
    raise AssertionError("too long")
except openai.BadRequestError as error:
    assert "maximum context length is 256 tokens" in error.body["message"]
cut = client.embeddings.with_raw_response.create(
    model="minilm", input="word " * 300, extra_body={"truncate": True}
)
assert cut.headers["x-likewise-truncated"] == "0"


async def asynchronous() -> None:
    async with openai.AsyncOpenAI() as other:
        again = await other.embeddings.create(model="minilm", input=TEXTS)
        assert np.array_equal(vectors, np.array([i.embedding for i in again.data], np.float32))


import asyncio  # noqa: E402

asyncio.run(asynchronous())
print("openai", openai.__version__)
