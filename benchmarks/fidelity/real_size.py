"""Models of real size with random weights: memory, start and processor time beside the authors'.

    python benchmarks/fidelity/real_size.py table WORK PEER_PYTHON TEXTS --tokenizer tokenizer.json
    python benchmarks/fidelity/real_size.py make modernbert FOLDER --tokenizer tokenizer.json
    python benchmarks/fidelity/real_size.py likewise FOLDER bf16 TEXTS    # an interpreter with it
    python benchmarks/fidelity/real_size.py sentence-transformers FOLDER bf16 TEXTS    # with that

`table` makes both folders in WORK where they are not there, runs both engines in bfloat16 and
prints the table's rows. TEXTS is a file with a text a line; of Qwen's size a quarter of them is
taken. Each run is a process of its own with one thread and prints one line of JSON; processor time
is counted, not the clock's, so other work disturbs little.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

Encode = Callable[[list[str]], Any]

CONFIGS: dict[str, dict[str, Any]] = {
    "modernbert": {  # answerdotai/ModernBERT-base
        "model_type": "modernbert",
        "vocab_size": 50_368,
        "hidden_size": 768,
        "intermediate_size": 1_152,
        "num_hidden_layers": 22,
        "num_attention_heads": 12,
        "max_position_embeddings": 8_192,
        **dict.fromkeys(("pad_token_id", "cls_token_id", "sep_token_id"), 0),
        **dict.fromkeys(("bos_token_id", "eos_token_id"), 0),
    },
    "qwen3": {  # Qwen/Qwen3-Embedding-0.6B
        "model_type": "qwen3",
        "vocab_size": 151_669,
        "hidden_size": 1_024,
        "intermediate_size": 3_072,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "max_position_embeddings": 32_768,
        "rope_theta": 1e6,
        "pad_token_id": 0,
        "architectures": ["Qwen3ForCausalLM"],
    },
}
POOLING = {"modernbert": "mean", "qwen3": "lasttoken"}
LIMIT = 512
_SHOWN = ("start_seconds", "start_cpu_seconds", "peak_mb", "texts", "encode_cpu_seconds")


def make(kind: str, folder: Path, tokenizer: Path) -> None:
    """Write the folder, weights in bfloat16."""
    from likewise.encoders.graphs.families import FAMILIES
    from tests.encoders.folders import MODULES, write_json, write_raw

    folder.mkdir(parents=True)
    config = CONFIGS[kind]
    write_json(folder / "config.json", config)
    write_json(folder / "modules.json", MODULES)
    width = config["hidden_size"]
    write_json(
        folder / "1_Pooling/config.json",
        {"word_embedding_dimension": width, "pooling_mode": POOLING[kind]},
    )
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": LIMIT})
    special = {f"{name.lower()}_token": f"[{name}]" for name in ("UNK", "CLS", "SEP", "PAD")}
    write_json(
        folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", **special}
    )
    shutil.copy(tokenizer, folder / "tokenizer.json")
    chance = np.random.default_rng(0)
    read = FAMILIES[kind].config.understood(folder, "config.json", config, [])

    def stored(shape: tuple[int, ...]) -> tuple[str, np.ndarray]:
        values = chance.standard_normal(shape, dtype=np.float32) * np.float32(0.03)
        values += np.float32(len(shape) == 1)
        return "BF16", (values.view(np.uint32) >> 16).astype(np.uint16)

    tensors = {name: stored(tuple(map(int, shape))) for name, shape in read.shapes()}
    write_raw(folder / "model.safetensors", tensors)


def parity_folder(folder: Path) -> Path:
    """Return where what the check of a precision found is kept for the model in `folder`."""
    return folder.with_name(f"{folder.name}-parity")


def likewise(folder: Path, precision: str) -> Encode:
    """Return a function that encodes, on Likewise."""
    from likewise.encoders.local.encoder import LocalEncoder

    # as `likewise.load` has it: the reference of a faster precision is computed once
    cache = parity_folder(folder)
    encoder = LocalEncoder(
        folder, name=folder.name, precision=precision, threads=1, parity_cache=cache
    )
    return lambda texts: encoder.encode(texts).vectors


def sentence_transformers(folder: Path, precision: str) -> Encode:
    """Return a function that encodes, on sentence-transformers."""
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[precision]
    model = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": dtype})
    return lambda texts: model.encode(texts, show_progress_bar=False)


def table(work: Path, peer: str, texts: Path, tokenizer: Path) -> None:
    """Print a row for each model and engine in bfloat16; Likewise's first load and a later one."""
    lines = texts.read_text(encoding="utf-8").splitlines()
    head = ["model", "engine", "start, s", "start, processor s", "peak MB", "texts"]
    print(_row([*head, "encode, processor s"]), _row(["---"] * 7), sep="\n", flush=True)
    for kind, taken in (("modernbert", lines), ("qwen3", lines[: len(lines) // 4])):
        folder, part = work / kind, work / f"{kind}.txt"
        if not folder.exists():
            # elsewhere: a process counts as its own peak what its parent held when it was begun
            making = [sys.executable, __file__, "make", kind, str(folder)]
            subprocess.run([*making, "--tokenizer", str(tokenizer)], check=True)
        part.write_text("\n".join(taken) + "\n", encoding="utf-8")
        shutil.rmtree(parity_folder(folder), ignore_errors=True)
        own, theirs = (sys.executable, "likewise"), (peer, "sentence-transformers")
        for (python, engine), load in ((own, "first load"), (own, "later load"), (theirs, "")):
            command = [python, __file__, engine, str(folder), "bf16", str(part)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found = json.loads(done.stdout.splitlines()[-1])
            cells = [kind, f"{engine} {load}".strip(), *(found[name] for name in _SHOWN)]
            print(_row(cells), flush=True)


def _row(cells: list[Any]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["table", "make", "likewise", "sentence-transformers"])
    parser.add_argument("first")
    parser.add_argument("second")
    parser.add_argument("texts", nargs="?", type=Path)
    parser.add_argument("--tokenizer", type=Path)
    asked = parser.parse_args()
    if asked.what == "table":
        table(Path(asked.first), asked.second, asked.texts, asked.tokenizer)
        return
    if asked.what == "make":
        make(asked.first, Path(asked.second), asked.tokenizer)
        return
    open_model = {"likewise": likewise, "sentence-transformers": sentence_transformers}[asked.what]
    start, cpu = time.perf_counter(), time.process_time()
    encode = open_model(Path(asked.first), asked.second)
    loaded, loaded_cpu = time.perf_counter() - start, time.process_time() - cpu
    at_start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    texts = asked.texts.read_text(encoding="utf-8").splitlines()
    cpu = time.process_time()
    encode(texts)
    print(
        json.dumps(
            {
                "engine": asked.what,
                "model": Path(asked.first).name,
                "precision": asked.second,
                "start_cpu_seconds": round(loaded_cpu, 1),
                "start_seconds": round(loaded, 1),
                "peak_mb_at_start": at_start,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "texts": len(texts),
                "encode_cpu_seconds": round(time.process_time() - cpu, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
