"""openapi.json in the repository is the one that the server would give."""

from pathlib import Path

import orjson

from likewise.encoders.sha256 import Sha256Encoder
from likewise.server.app import create_app
from likewise.settings import Settings

COMMITTED = Path(__file__).parents[2] / "openapi.json"
FIX = "openapi.json is not up to date: run python scripts/write_openapi.py"


def test_the_committed_description_is_current():
    current = orjson.loads(create_app(Settings(), Sha256Encoder()).openapi())
    assert orjson.loads(COMMITTED.read_bytes()) == current, FIX


def test_every_reference_leads_somewhere():
    document = orjson.loads(COMMITTED.read_bytes())
    schemas = document["components"]["schemas"]
    text = COMMITTED.read_text()
    for name in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in schemas
    asked = document["paths"]["/api/compare"]["post"]["requestBody"]["content"]
    assert asked["application/json"]["schema"]["$ref"].endswith("/CompareRequest")
    assert schemas["CompareRequest"]["additionalProperties"] is False
    assert schemas["CompareRequest"]["required"] == ["texts"]


def test_the_page_is_not_part_of_the_description():
    assert "/" not in orjson.loads(COMMITTED.read_bytes())["paths"]
