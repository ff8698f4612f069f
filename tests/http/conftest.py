from types import SimpleNamespace

import httpx
import pytest

from likewise.encoders.remote.spending import OF_THE_PROCESS
from likewise.encoders.sha256 import Sha256Encoder
from likewise.server.app import create_app
from tests.http.serving import make_page, make_settings, serving


@pytest.fixture(autouse=True)
def unspent():
    """Each test is as a process of its own, which has spent nothing yet."""
    OF_THE_PROCESS.dollars = 0.0


@pytest.fixture(autouse=True)
def one_window(monkeypatch):
    """Rates are counted in the minutes and hours of a clock: none of them ends within a test."""
    at = SimpleNamespace(time=lambda: 1_000_000_030.0)
    monkeypatch.setattr("limits.aio.storage.memory.time", at)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Base URL of a running server with the sha256 encoder and a small page."""
    folder = tmp_path_factory.mktemp("server")
    app = create_app(make_settings(folder), Sha256Encoder(), page=make_page(folder / "page"))
    with serving(app) as url:
        yield url


@pytest.fixture(scope="session")
def client(server):
    with httpx.Client(base_url=server, timeout=30) as client:
        yield client
