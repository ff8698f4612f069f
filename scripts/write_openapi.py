"""Writes openapi.json, from which the page's typed client is generated.

python scripts/write_openapi.py
"""

import sys
from pathlib import Path

import orjson

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from likewise.server.app import create_app  # noqa: E402
from likewise.settings import Settings  # noqa: E402

PAGE = ROOT / "openapi.json"
COMMAND = "python scripts/write_openapi.py"


def main() -> None:
    """Write the description of all routes that a server may have."""
    written = create_app(Settings(page=True, training=True)).openapi(orjson.OPT_INDENT_2)
    PAGE.write_bytes(written + b"\n")


if __name__ == "__main__":
    main()
