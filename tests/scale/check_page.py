"""The commands of docs/scale.md, one after another, as a newcomer gives them on one machine."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scale.conftest import ROOT
from tests.scale.own_ray import free_port, ray_folder

PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
BLOCKS = [
    block
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    if "BUCKET" not in block and "kubectl" not in block
]


@pytest.fixture
def own_ray():
    """A folder for Ray, of which nothing is left."""
    with ray_folder() as folder:
        yield folder


def check_the_page_from_its_first_line_to_its_last(tmp_path, own_ray):
    script = "set -eo pipefail\n" + "\n".join(BLOCKS)
    assert script.count("likewise ") > 10
    script = re.sub(r"^pip install .*$", "", script, flags=re.MULTILINE)
    script = script.replace("\nray stop\n", "\n").replace("6379", str(free_port()))
    # what is shown with a model is shown with any encoder, sooner
    script = script.replace("--encoder minilm", "--encoder sha256")
    env = os.environ | {
        "RAY_TMPDIR": own_ray,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    ran = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True,
                         text=True, timeout=400, check=False)  # fmt: skip
    said = ran.stdout + ran.stderr
    assert ran.returncode == 0, said[-3_000:]
    assert said.count("2,000 rows in 4 of 4 shards are as they were written") == 2
    assert "is a collection of 2,000 texts" in said
    assert "other rows are placed in it" in said
    assert "need not be kept" in said
    assert "Traceback" not in said
