"""A mean-pooled vector taken apart into its tokens, by a second graph without the pooling.

It holds the weights a second time, so it is compiled only when somebody asks.
"""

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from likewise.encoders.base import TokenParts
from likewise.encoders.graphs.bert import Tensor, build_graph, import_openvino
from likewise.encoders.local.model_folder import ModelSpec
from likewise.encoders.local.packing import pack
from likewise.encoders.local.tokenizer import TextTokenizer
from likewise.types import Vectors


class TokenGraph:
    """The encoder's graph up to its tokens, in the precision that the encoder computes in.

    Pooling takes the mean of the tokens' outputs and makes it unit length. Both are linear once
    the length is known: the vector is the sum of each token's output divided by the length of
    their sum.
    """

    def __init__(
        self, spec: ModelSpec, tensor: Tensor, precision: str, properties: dict[str, Any]
    ) -> None:
        self._first_position = spec.first_position
        self._lock = threading.Lock()
        graph = build_graph(spec, tensor, precision, pooled=False)
        compiled = import_openvino().Core().compile_model(graph, "CPU", properties)
        self._request = compiled.create_infer_request()

    def split(self, tokenizer: TextTokenizer, texts: Sequence[str]) -> list[TokenParts]:
        """Return the parts of each text's vector, in order."""
        ids, _ = tokenizer.tokenise(texts)
        outputs: list[Vectors] = [np.empty((0, 0), np.float32)] * len(ids)
        for batch in pack(ids, first_position=self._first_position):
            with self._lock:
                answer = self._request.infer(batch.inputs, share_inputs=True, share_outputs=True)
                packed = np.array(answer[0], np.float32)
            for text, slots, mask in zip(batch.texts, batch.slots, batch.mask, strict=True):
                outputs[text] = packed[slots[mask > 0]]
        return [
            TokenParts(output / np.linalg.norm(output.sum(axis=0)), tokenizer.places(text))
            for output, text in zip(outputs, texts, strict=True)
        ]
