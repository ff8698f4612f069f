"""fastembed on ONNX Runtime: batches of a fixed size, in the order in which texts are given.

The third argument is the batch size; fastembed's own default is 256.
"""

import sys
from importlib.metadata import version

from answering import answer_requests, arguments, timed
from fastembed import TextEmbedding
from fastembed.common.model_description import ModelSource, PoolingType

folder, threads = arguments()
batch_size = int(sys.argv[3])
TextEmbedding.add_custom_model(
    model="minilm-exported",
    pooling=PoolingType.MEAN,
    normalization=True,
    sources=ModelSource(url="file:///nowhere"),  # required, not used: the folder is given
    dim=384,
    model_file="model.onnx",
)
model = TextEmbedding("minilm-exported", specific_model_path=str(folder), threads=threads)
answer_requests(
    {
        "versions": {name: version(name) for name in ("fastembed", "onnxruntime")},
        "precision": "float32",
    },
    {"encode": timed(lambda texts: list(model.embed(texts, batch_size=batch_size)))},
)
