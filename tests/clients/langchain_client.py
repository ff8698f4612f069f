"""langchain-openai: sends token ids by default, and gets told what to do about it."""

import os
from importlib.metadata import version
from pathlib import Path

import llama_index.core
import openai

# the tokenizer's file, which it would fetch otherwise
CACHE = Path(llama_index.core.__file__).parent / "_static" / "tiktoken_cache"
os.environ["TIKTOKEN_CACHE_DIR"] = str(CACHE)

from langchain_openai import OpenAIEmbeddings  # noqa: E402

TEXTS = ["I love my cat.", "The cat prints a file.", "x"]

try:
    OpenAIEmbeddings(model="minilm", tiktoken_model_name="gpt-4").embed_documents(TEXTS)
    raise AssertionError("token ids were taken")
except openai.BadRequestError as error:
    assert error.code == "token_input_unsupported"
    assert "check_embedding_ctx_length=False" in error.body["message"]

embeddings = OpenAIEmbeddings(model="minilm", check_embedding_ctx_length=False)
vectors = embeddings.embed_documents(TEXTS)
assert [len(vector) for vector in vectors] == [384] * 3
direct = openai.OpenAI().embeddings.create(model="minilm", input=TEXTS)
assert vectors == [item.embedding for item in direct.data]
assert embeddings.embed_query(TEXTS[0]) == vectors[0]
print("langchain-openai", version("langchain-openai"))
