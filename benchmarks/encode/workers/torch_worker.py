"""sentence-transformers on PyTorch, CPU, with the settings that `encode` has by default.

The third argument, if there is one, is the type to compute in: `bfloat16` is what its experts
choose on a processor that has it.
"""

import sys
from importlib.metadata import version

import torch
from answering import answer_requests, arguments, timed
from sentence_transformers import SentenceTransformer

folder, threads = arguments()
torch.set_num_threads(threads)
dtype = getattr(torch, sys.argv[3]) if len(sys.argv) > 3 else torch.float32
model = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": dtype})
answer_requests(
    {
        "versions": {name: version(name) for name in ("sentence-transformers", "torch")},
        "precision": str(next(model.parameters()).dtype).removeprefix("torch."),
    },
    {"encode": timed(model.encode)},
)
