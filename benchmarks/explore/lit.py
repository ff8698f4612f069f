"""How long it takes from a key in the search field until the neighbours are lit on the page.

    python benchmarks/explore/lit.py [--rows 100000]

A collection of random vectors, 384 numbers each, and a map of it, in headless Chromium with WebGL
off. `lit` is from the key to the frame in which the list and the map show what was found: the
request, exact search of all rows, ten texts read, the answer, the list and the repaint. The query
is embedded by a table of random numbers, so a model's time comes on top: some 5 ms for MiniLM.
`computed` is the processor time that the server takes for a key, which others on the machine don't
lengthen as they do the first.
"""

import argparse
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright
from store import DIMS, IDENTITY, parts

from likewise.collections import Collection
from likewise.encoders.base import BaseEncoder
from likewise.encoders.sha256 import Sha256Encoder
from likewise.maps import Map
from likewise.maps.extending import keys_of
from likewise.server.app import Application, create_app
from likewise.server.process import Server, address, configuration, listen
from likewise.settings import Settings
from likewise.similarity import Neighbours
from likewise.types import Encoding, TokenCounts

TYPED = """
(text) => new Promise((done) => {
  const field = document.querySelector('input[type=search]');
  const shown = () => document.querySelector('[aria-label="What was found"] .text')?.textContent;
  const before = shown();
  field.value = text;
  const begun = performance.now();
  field.dispatchEvent(new Event('input', { bubbles: true }));
  const look = () => shown() !== before
    ? requestAnimationFrame(() => done(performance.now() - begun))
    : requestAnimationFrame(look);
  requestAnimationFrame(look);
})
"""


class RandomEncoder(BaseEncoder):
    """Gives each text a unit vector of its own."""

    identity = IDENTITY
    runtime = Sha256Encoder.runtime

    def encode(self, texts: Sequence[str], *, progress: object = None) -> Encoding:  # noqa: ARG002
        """Return vectors that depend on the characters alone."""
        seeds = [sum(text.encode()) for text in texts]
        drawn = [np.random.default_rng(seed).standard_normal(DIMS, np.float32) for seed in seeds]
        vectors = np.array(drawn).reshape(-1, DIMS)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return Encoding(vectors, *self.count_tokens(texts))

    def count_tokens(self, texts: Sequence[str]) -> TokenCounts:
        """Return the words of each text."""
        tokens = np.array([len(text.split()) for text in texts], np.int32)
        return TokenCounts(tokens, np.zeros(len(tokens), bool), np.zeros(len(tokens), np.int32))


def made(rows: int, settings: Settings) -> None:
    """Write the collection and a map of it, whose places and neighbours mean nothing."""
    written = Collection.create("random", IDENTITY, settings=settings)
    written.add_embedded(parts(rows), IDENTITY, ["year", "lang"])
    random = np.random.default_rng(0)
    near = random.integers(0, rows, (rows, 15))
    drawn = Map(
        points=np.clip(random.normal(0, 0.3, (rows, 2)), -1, 1).astype(np.float32),
        kept=np.ones(rows, np.float32),
        neighbours=Neighbours(near, np.zeros((rows, 15), np.float32)),
        levels=(),
        layout="tsne",
        trustworthiness=1.0,
        identity=IDENTITY,
        keys=keys_of(written.ids, written.vectors),
    )
    folder = Path(written.path) / "maps"
    folder.mkdir()
    drawn.save(folder / "tsne.map")


@contextmanager
def serving(app: Application, settings: Settings) -> Iterator[str]:
    """Serve on a free port, in a thread; gives the address."""
    with listen("127.0.0.1", 0) as listener:
        server = Server(configuration(app, settings), lambda: None)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield address("127.0.0.1", listener).rstrip("/")
        finally:
            server.should_exit = True
            thread.join()


def measured(page: Page, url: str) -> str:
    """Return the times of twenty keys, in milliseconds."""
    page.goto(f"{url}/explore.html#collection=random")
    page.wait_for_selector("figcaption b", timeout=120_000)
    page.evaluate(TYPED, "warm")  # the scale of random pairs is measured at the first search
    begun = time.process_time()
    times = sorted(page.evaluate(TYPED, f"query {number}") for number in range(20))
    computed = 1_000 * (time.process_time() - begun) / 20
    return (
        f"median {statistics.median(times):.0f} ms, 19 of 20 within {times[18]:.0f} ms; "
        f"computed {computed:.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings = settings_in(Path(folder))
        made(given.rows, settings)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-webgl", "--disable-3d-apis"],
        )
        with serving(create_app(settings, RandomEncoder()), settings) as url:
            page = browser.new_page(viewport={"width": 1_280, "height": 900})
            print(f"{given.rows:,} rows: lit after {measured(page, url)}")
        browser.close()


def settings_in(folder: Path) -> Settings:
    """Return settings whose collections are in a folder of their own."""
    return Settings(collections=folder / "collections", cache=folder / "cache", offline=True)


if __name__ == "__main__":
    main()
