"""ONNX files by hand: enough of their format (protocol buffers) for one small model."""

from collections.abc import Sequence

import numpy as np

_TYPES = {np.dtype(np.float32): 1, np.dtype(np.int64): 7}


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def member(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor(name: str, array: np.ndarray) -> bytes:
    dims = b"".join(member(1, size) for size in array.shape)
    return dims + member(2, _TYPES[array.dtype]) + member(8, name) + member(9, array.tobytes())


def port(name: str, dtype: int, shape: Sequence[str | int]) -> bytes:
    sizes = b"".join(
        member(1, member(2, size) if isinstance(size, str) else member(1, size)) for size in shape
    )
    return member(1, name) + member(2, member(1, member(1, dtype) + member(2, sizes)))


def node(kind: str, inputs: Sequence[str], output: str, attribute: bytes = b"") -> bytes:
    given = b"".join(member(1, name) for name in inputs)
    made = given + member(2, output) + member(4, kind)
    return made + member(5, attribute) if attribute else made


def model(
    nodes: Sequence[bytes],
    tensors: Sequence[bytes],
    inputs: Sequence[bytes],
    outputs: Sequence[bytes],
) -> bytes:
    graph = b"".join(member(1, one) for one in nodes) + member(2, "tiny")
    graph += b"".join(member(5, one) for one in tensors)
    graph += b"".join(member(11, one) for one in inputs)
    graph += b"".join(member(12, one) for one in outputs)
    return member(1, 8) + member(7, graph) + member(8, member(2, 18))


def table_model(
    table: np.ndarray,
    weight: np.ndarray,
    *,
    pooled: bool = False,
    output: str = "last_hidden_state",
) -> bytes:
    """Return a model that gives tanh(table[ids] @ weight), or the greatest of it."""
    inputs = [port(n, 7, ("batch", "tokens")) for n in ("input_ids", "attention_mask")]
    nodes = [
        node("Gather", ["table", "input_ids"], "taken"),
        node("MatMul", ["taken", "weight"], "product"),
        node("Tanh", ["product"], output),
    ]
    tensors = [tensor("table", table), tensor("weight", weight)]
    width = weight.shape[1]
    given = port(output, 1, ("batch", "tokens", width))
    if pooled:
        keep = member(1, "keepdims") + member(3, 0) + member(20, 2)
        nodes += [node("ReduceMax", [output, "axis"], "sentence_embedding", keep)]
        tensors += [tensor("axis", np.array([1]))]
        given = port("sentence_embedding", 1, ("batch", width))
    return model(nodes, tensors, inputs, [given])
