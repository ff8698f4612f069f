"""infinity-emb with its torch engine and its defaults, called in its own process."""

import asyncio
from importlib.metadata import version

import torch
from answering import answer_requests, arguments, timed
from infinity_emb import AsyncEmbeddingEngine, EngineArgs

folder, threads = arguments()
torch.set_num_threads(threads)
engine = AsyncEmbeddingEngine.from_args(
    EngineArgs(model_name_or_path=str(folder), engine="torch", device="cpu", dtype="float32")
)
loop = asyncio.new_event_loop()
loop.run_until_complete(engine.astart())


def encode(texts: list[str]) -> object:
    vectors, _ = loop.run_until_complete(engine.embed(sentences=texts))
    return vectors


answer_requests(
    {
        "versions": {
            name: version(name) for name in ("infinity-emb", "torch", "sentence-transformers")
        },
        "precision": "float32",
    },
    {"encode": timed(encode)},
)
loop.run_until_complete(engine.astop())
