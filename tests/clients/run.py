"""Runs clients that nobody here wrote against a running server, each in its own environment.

    python tests/clients/run.py [NAME ...]

Without a name all of them run. What fails is said at the end, and the exit code is then 1.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from likewise.encoders.catalogue import model
from likewise.encoders.local import weights
from likewise.settings import settings

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PLACE = ROOT / ".clients"


@dataclass(frozen=True)
class Client:
    """What to install, and what to run there."""

    packages: tuple[str, ...]
    script: str
    environment: str = ""
    """Name of the environment where several share one."""


AGENTS = (
    "langchain-openai>=1,<2",
    "llama-index-embeddings-openai>=0.5,<1",
    "llama-index-embeddings-openai-like>=0.2,<1",
    "litellm>=1.83,<2",  # 1.82.7 and 1.82.8 stole credentials
)

CLIENTS = {
    "openai-python": Client(("openai>=2,<4", "numpy"), "openai_client.py"),
    "openai-node": Client((), "node/openai_client.mjs"),
    "langchain": Client(AGENTS, "langchain_client.py", "agents"),
    "llama-index": Client(AGENTS, "llama_index_client.py", "agents"),
    "litellm": Client(AGENTS, "litellm_client.py", "agents"),
    "llm": Client(("llm>=0.27,<1",), "llm_client.py"),
    "infinity": Client(
        # torch first: asked for later, an index may answer with the build for graphics cards
        ("torch==2.13.0", "infinity-emb[torch,server]==0.0.78"),
        "infinity_client.py",
    ),
    "schemathesis": Client(("schemathesis>=4,<5",), "schemathesis_client.py"),
}


def main(names: list[str]) -> int:
    """Run the named clients; return 1 if one failed."""
    outcomes = {}
    with Server() as server:
        for name in names or CLIENTS:
            print(f"\n── {name}", flush=True)
            began = time.monotonic()
            try:
                command = prepared(name, CLIENTS[name])
                code = subprocess.run(
                    command, env=environment(server.url), cwd=PLACE, timeout=600
                ).returncode
                outcomes[name] = "passed" if code == 0 else "failed"
            except (subprocess.SubprocessError, OSError) as error:
                print(error)
                outcomes[name] = "could not be run"
            outcomes[name] += f" in {time.monotonic() - began:.0f} s"
    print()
    for name, outcome in outcomes.items():
        print(f"{name:15} {outcome}")
    return int(any(not outcome.startswith("passed") for outcome in outcomes.values()))


def prepared(name: str, client: Client) -> list[str]:
    """Make the client's environment where it is not there yet; return the command to run."""
    place = PLACE / (client.environment or name)
    script = HERE / client.script
    if script.suffix == ".mjs":
        place.mkdir(parents=True, exist_ok=True)
        # beside its modules, because Node looks for them from the script upwards
        for file in (script, script.with_name("package.json")):
            shutil.copy(file, place)
        npm = shutil.which("npm") or "npm"
        subprocess.run([npm, "install", "--no-audit", "--no-fund"], cwd=place, check=True)
        return [shutil.which("node") or "node", str(place / script.name)]
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = place / "packages.txt"
    wanted = "\n".join(client.packages)
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        for package in client.packages:
            subprocess.run([python, "-m", "pip", "install", "-q", package], check=True)
        stamp.write_text(wanted)
    return [str(python), str(script)]


def environment(url: str) -> dict[str, str]:
    """Return the variables that a client runs with: this server, and nobody else's key."""
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
        "BASE_URL": url,
        "LIKEWISE_PYTHON": sys.executable,
        "MODEL": str(weights.fetch(model("minilm"), settings())),
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_BASE": f"{url}/v1",
        "OPENAI_API_KEY": "unused",
        "NO_PROXY": "127.0.0.1,localhost",
    }


class Server:
    """`likewise serve` with minilm, also under the name that some clients insist on."""

    def __enter__(self) -> "Server":
        self.process = subprocess.Popen(
            [sys.executable, "-m", "likewise", "serve", "--port", "0", "--no-log"],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "LIKEWISE_ALIASES": '{"text-embedding-3-small": "minilm"}'},
        )
        for line in self.process.stderr:
            if found := re.search(r"serves (http://\S+?:\d+)", line):
                self.url = found.group(1)
                return self
            print(line, end="", file=sys.stderr)
        raise SystemExit("The server did not start.")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.stderr.close()
        self.process.wait(30)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
