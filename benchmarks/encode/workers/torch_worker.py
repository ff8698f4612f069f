"""sentence-transformers on PyTorch, CPU, with the settings that `encode` has by default."""

from importlib.metadata import version

import torch
from answering import answer_requests, arguments, timed
from sentence_transformers import SentenceTransformer

folder, threads = arguments()
torch.set_num_threads(threads)
model = SentenceTransformer(str(folder), device="cpu")
answer_requests(
    {
        "versions": {name: version(name) for name in ("sentence-transformers", "torch")},
        "precision": str(next(model.parameters()).dtype).removeprefix("torch."),
    },
    {"encode": timed(model.encode)},
)
