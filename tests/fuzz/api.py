"""Asks a running server what schemathesis makes of its own description.

    python -m tests.fuzz.api SECONDS [SEED]

The server has a trained model, a training, a table and a collection with its map, whose names
`tests.fuzz.hooks` puts into half of the paths: random ones would all get the same 404. Returns 1
where an answer is a 5xx, is not as described, or is an error in another shape.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

from likewise import Classifier
from likewise.encoders.sha256 import Sha256Encoder
from likewise.server.app import create_app
from tests.classify.conftest import HAPPY, SAD
from tests.fuzz import hooks
from tests.http.serving import make_page, make_settings, serving, wait_until_ready
from tests.waiting import A_HANG, wait_for

ROOT = Path(__file__).resolve().parents[2]


def main(seconds: str, seed: str = "1") -> int:
    """Search for so many seconds; return schemathesis' exit code."""
    with tempfile.TemporaryDirectory() as folder:
        return search(Path(folder), seconds, seed)


def search(folder: Path, seconds: str, seed: str) -> int:
    """Serve what is in `folder` and ask."""
    models = folder / "models"
    models.mkdir()
    texts, labels = [*HAPPY, *SAD], ["happy"] * len(HAPPY) + ["sad"] * len(SAD)
    Classifier("sha256").fit(texts, labels).save(models / f"{hooks.MODEL}.likewise")
    settings = make_settings(
        folder, classifiers=models, encoders=("sha256",), collections=folder / "collections"
    )
    app = create_app(settings, Sha256Encoder(), page=make_page(folder / "page"))
    with serving(app, settings) as url:
        wait_until_ready(url)
        training = prepare(url)
        command = [
            *(Path(sys.executable).with_name("schemathesis"), "run", f"{url}/openapi.json"),
            *("--url", url, "--max-time", seconds, "--seed", seed, "--continue-on-failure"),
            *("--request-timeout", "60", "--suppress-health-check", "all", "--no-color"),
            # a name is any string for the description, and most are refused; a model that is not
            # here is a 503, and tests.fuzz.hooks looks for the others
            *("--exclude-checks", "positive_data_acceptance,not_a_server_error"),
            *("--warnings", "off"),
        ]
        environment = {
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
            "PYTHONPATH": str(ROOT),
            "FUZZED_TRAINING": training,
        }
        return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def prepare(url: str) -> str:
    """Make a collection, its map, and a training, whose id is returned."""
    with httpx.Client(base_url=url, timeout=A_HANG) as client:

        def post(path: str, body: dict) -> dict:
            answer = client.post(path, json=body)
            assert answer.status_code == 200, answer.text
            return answer.json()

        def finish(path: str) -> None:
            wait_for(lambda: client.get(path).json()["state"] not in ("waiting", "running"))
            assert client.get(path).json()["state"] == "done", client.get(path).text

        made = {"name": hooks.COLLECTION, "table": hooks.TABLE, "text": "text"}
        finish(f"/api/collections/jobs/{post('/api/collections', made)['id']}")
        of = f"/api/collections/{hooks.COLLECTION}/maps"
        finish(f"/api/collections/jobs/{post(of, {'layout': hooks.LAYOUT})['id']}")
        asked = {"table": hooks.TABLE, "text": "text", "label": "mood", "quick": True}
        training = post("/api/trainings", asked)["id"]
        finish(f"/api/trainings/{training}")
        return training


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
