"""Changes to a tiny model's folder, one at a time."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from likewise.encoders.local.encoder import LocalEncoder

MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
]


def module(path: str, kind: str) -> dict[str, str]:
    return {"path": path, "type": f"sentence_transformers.models.{kind}"}


def opened(folder: Path, **options: Any) -> LocalEncoder:
    return LocalEncoder(folder, name="tiny", precision="f32", **options)


def write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def change_json(path: Path, change: Callable[[Any], object] | dict[str, Any]) -> None:
    """Change the object in a file, which may not be there yet."""
    value = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    write_json(path, {**value, **change} if isinstance(change, dict) else change(value))


def change_weights(
    folder: Path, change: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]
) -> None:
    path = folder / "model.safetensors"
    save_file(change(load_file(path)), path)


def copied(folder: Path, name: str) -> Path:
    return Path(shutil.copytree(folder, folder.parent / name))


def write_raw(path: Path, tensors: dict[str, tuple[str, np.ndarray]]) -> None:
    """Write a safetensors file by hand: types that NumPy doesn't have go by their bytes."""
    header, blobs, start = {}, [], 0
    for name, (dtype, array) in tensors.items():
        blob = np.ascontiguousarray(array).tobytes()
        header[name] = {
            "dtype": dtype,
            "shape": list(array.shape),
            "data_offsets": [start, start + len(blob)],
        }
        blobs.append(blob)
        start += len(blob)
    head = json.dumps(header).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + b"".join(blobs))
