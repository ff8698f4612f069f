"""llama-index: a model that OpenAI does not have goes in as `model_name`."""

import os
from importlib.metadata import version

from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.embeddings.openai_like import OpenAILikeEmbedding

BASE = os.environ["OPENAI_BASE_URL"]
TEXTS = ["I love my cat.", "The cat prints a file."]

for made in (
    OpenAIEmbedding(model_name="minilm", api_base=BASE, api_key="unused"),
    OpenAILikeEmbedding(model_name="minilm", api_base=BASE, api_key="unused"),
):
    vectors = made.get_text_embedding_batch(TEXTS)
    assert [len(vector) for vector in vectors] == [384, 384]
    assert made.get_query_embedding(TEXTS[1]) == vectors[1]
print("llama-index-embeddings-openai", version("llama-index-embeddings-openai"))
