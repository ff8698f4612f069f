"""What all tests share: no network, no user's settings, the model that `make test` fetched."""

import os
import signal

import pytest

# before any test module reads the settings: a test means the same on every machine
for _name in [name for name in os.environ if name.startswith("LIKEWISE_")]:
    if _name not in ("LIKEWISE_CACHE", "LIKEWISE_MODELS"):
        del os.environ[_name]
os.environ["LIKEWISE_OFFLINE"] = "1"

# a shell's background job ignores Ctrl-C, and so would every process that a test starts
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def minilm():
    """The real encoder; an error, not a skip, where its model has not been fetched."""
    import likewise

    return likewise.load("minilm")


@pytest.fixture
def configure(monkeypatch):
    """Return a function that sets settings for one test: configure(cache=folder, offline="0")."""
    from likewise.settings import settings

    def configured(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"LIKEWISE_{name.upper()}", str(value))
        settings.cache_clear()

    yield configured
    monkeypatch.undo()
    settings.cache_clear()
