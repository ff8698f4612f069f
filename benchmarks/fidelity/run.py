"""Computes the tiny models of tests/encoders/fidelity with their authors' own libraries.

Run it in an environment of its own (README.md beside this file); it writes
tests/encoders/fidelity/reference.safetensors and the versions beside it.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import authors  # noqa: E402 - beside this file
import sentence_transformers  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402

from tests.encoders.fidelity.recipe import CASES, TEXTS, Case, write  # noqa: E402

OUT = ROOT / "tests/encoders/fidelity"


def computed(case: Case, folder: Path) -> np.ndarray:
    """Return the vectors of `TEXTS`, one text at a time, in float32."""
    authors.adapt(case, folder)
    model = sentence_transformers.SentenceTransformer(
        str(folder), device="cpu", model_kwargs={} if case.static else {"dtype": torch.float32}
    )
    authors.check(case, folder, model)
    vectors = [model.encode([text], show_progress_bar=False)[0] for text in TEXTS]
    return np.stack(vectors).astype(np.float32)


def main() -> None:
    """Compute all cases."""
    torch.set_num_threads(1)
    found = {}
    with tempfile.TemporaryDirectory() as scratch:
        for number, case in enumerate(CASES):
            folder = Path(scratch) / str(number)
            write(case, folder)
            found[case.name] = computed(case, folder)
            print(case.name, found[case.name].shape, flush=True)
    save_file(found, OUT / "reference.safetensors")
    versions = {
        library.__name__: library.__version__
        for library in (sentence_transformers, transformers, torch)
    }
    (OUT / "versions.json").write_text(json.dumps(versions, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
