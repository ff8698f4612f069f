"""llm, the command line tool: it knows OpenAI's model names only, so the server has an alias."""

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version

with tempfile.TemporaryDirectory() as home:
    done = subprocess.run(
        [sys.executable, "-m", "llm", "embed", "-m", "3-small", "-c", "I love my cat."],
        capture_output=True,
        text=True,
        env={**os.environ, "LLM_USER_PATH": home},
        timeout=120,
    )
assert done.returncode == 0, done.stderr
vector = json.loads(done.stdout)
assert len(vector) == 384
assert abs(sum(number * number for number in vector) - 1) < 1e-5
print("llm", version("llm"))
