"""What all tests share: no network, no user's settings, and nothing of the user's but the model.

A test means the same on every machine: the model computes in float32, which processors agree
on, with one thread. Properties are tried on the same
examples each time, however long each takes; `make fuzz` looks for new ones. What tests keep goes
to a folder of their own, the model that `make test` fetched is only read, and the run fails where
a test has left something elsewhere.
"""

import os
import signal
import tempfile

import httpx
import hypothesis
import pytest

from tests.left_behind import left_behind, listing
from tests.waiting import A_HANG

# before any test module reads the settings
for _name in [name for name in os.environ if name.startswith("LIKEWISE_")]:
    if _name not in ("LIKEWISE_CACHE", "LIKEWISE_MODELS"):
        del os.environ[_name]
os.environ |= {
    "LIKEWISE_OFFLINE": "1",
    "LIKEWISE_PRECISION": "f32",
    "LIKEWISE_THREADS": "1",
}

hypothesis.settings.register_profile("tests", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("tests")

# five seconds, httpx's own patience, may be too few on a busy machine
vars(httpx.get.__kwdefaults__["timeout"]).update(vars(httpx.Timeout(A_HANG)))

# a shell's background job ignores Ctrl-C, and so would every process that a test starts
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# and whatever nohup starts ignores the end of its terminal
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory):
    """Keep everything in a folder of this run; the model that is on this machine is linked there.

    Without a model nothing is linked, and the tests that need it say so by failing.
    """
    from likewise.encoders.catalogue import model
    from likewise.encoders.local import weights
    from likewise.settings import settings

    settings.cache_clear()
    found = weights.find(model("minilm"), settings())
    folder = tmp_path_factory.mktemp("own")
    for name in ("models", "home", "tmp"):
        (folder / name).mkdir()
    if found is not None:
        (folder / "models" / "minilm").symlink_to(found.resolve(), target_is_directory=True)
    before = listing()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIKEWISE_CACHE", str(folder / "cache"))
        patch.setenv("LIKEWISE_MODELS", str(folder / "models"))
        # where a program keeps things that is told nothing, such as a test without these variables
        patch.setenv("XDG_CACHE_HOME", str(folder / "home"))
        patch.setenv("LIKEWISE_COLLECTIONS", str(folder / "collections"))
        patch.setenv("TMPDIR", str(folder / "tmp"))
        patch.setattr(tempfile, "tempdir", str(folder / "tmp"))
        settings.cache_clear()
        yield folder
    settings.cache_clear()
    assert left_behind(before, folder / "home", folder / "tmp") == []


@pytest.fixture(scope="session", autouse=True)
def compiled_once(own_folders):
    """Compile the linked model once in a process, however often it is loaded: half a second each.

    Models that tests write are compiled each time.
    """
    from likewise.encoders.local import encoder, engine

    compiled = {}

    def kept(spec, *args, **options):
        if spec.folder.resolve() != folder:
            return engine.PackedEngine(spec, *args, **options)
        asked = (*args, *sorted(options.items()))
        if asked not in compiled:
            compiled[asked] = engine.PackedEngine(spec, *args, **options)
        return compiled[asked]

    folder = (own_folders / "models" / "minilm").resolve()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder, "PackedEngine", kept)
        yield


@pytest.fixture(scope="session")
def minilm(own_folders):
    """The real encoder; an error, not a skip, where its model has not been fetched."""
    import likewise

    return likewise.load("minilm")


@pytest.fixture(scope="module")
def few_everyday_sentences():
    """Try "none of these" with one in six everyday sentences: embedding all takes seconds."""
    from likewise.classify import foreign

    topics, sentences = foreign.topics_and_sentences()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(foreign, "topics_and_sentences", lambda: (topics[::6], sentences[::6]))
        yield


@pytest.fixture(scope="module")
def few_settings():
    """Try few settings of each model: for tests of what a training says, not of its search."""
    from likewise.classify.learn import search

    few = {"C_VALUES": (3.0, 10.0), "NAME_WEIGHTS": (1.0,), "WORD_FACTORS": (0.5,)}
    with pytest.MonkeyPatch.context() as patch:
        for name, values in few.items():
            patch.setattr(search, name, values)
        yield


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
