"""litellm, as a library."""

import os
from importlib.metadata import version

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # it would fetch prices otherwise

import litellm

litellm.telemetry = False
TEXTS = ["I love my cat.", "The cat prints a file."]
answer = litellm.embedding(
    model="openai/minilm", input=TEXTS, api_base=os.environ["OPENAI_BASE_URL"], api_key="unused"
)
assert [len(item["embedding"]) for item in answer.data] == [384, 384]
assert answer.usage.prompt_tokens > 8
try:
    litellm.embedding(
        model="openai/minilm",
        input=["word " * 300],
        api_base=os.environ["OPENAI_BASE_URL"],
        api_key="unused",
    )
    raise AssertionError("too long")
except litellm.BadRequestError as error:
    assert "maximum context length" in str(error)
print("litellm", version("litellm"))
