"""fastembed on ONNX Runtime: batches of a fixed size, in the order in which texts are given.

The third argument is the batch size; fastembed's own default is 256. With `sorted` behind it the
texts are sorted by length first and their vectors put back in order, as its experts do.
"""

import sys
from importlib.metadata import version

import numpy as np
import numpy.typing as npt
from answering import answer_requests, arguments, timed
from fastembed import TextEmbedding
from fastembed.common.model_description import ModelSource, PoolingType

folder, threads = arguments()
batch_size, by_length = int(sys.argv[3]), "sorted" in sys.argv[4:]
TextEmbedding.add_custom_model(
    model="minilm-exported",
    pooling=PoolingType.MEAN,
    normalization=True,
    sources=ModelSource(url="file:///nowhere"),  # required, not used: the folder is given
    dim=384,
    model_file="model.onnx",
)
model = TextEmbedding("minilm-exported", specific_model_path=str(folder), threads=threads)


def encode(texts: list[str]) -> list[npt.NDArray[np.float32]]:
    """Return the vectors, in the order of the texts."""
    if not by_length:
        return list(model.embed(texts, batch_size=batch_size))
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    found = model.embed([texts[i] for i in order], batch_size=batch_size)
    vectors = dict(zip(order, found, strict=True))
    return [vectors[i] for i in range(len(texts))]


answer_requests(
    {
        "versions": {name: version(name) for name in ("fastembed", "onnxruntime")},
        "precision": "float32",
    },
    {"encode": timed(encode)},
)
