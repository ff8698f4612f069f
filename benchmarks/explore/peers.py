"""Search of likewise beside llm, LanceDB, sqlite-vec, Chroma and txtai, each in its own process.

    python -m venv peers
    peers/bin/pip install llm lancedb sqlite-vec pysqlite3-binary chromadb txtai numpy
    python benchmarks/explore/peers.py --peers peers/bin/python [--rows 10000 100000]

All get the same random unit vectors of 384 numbers (the hardest case for an index, no difference
for what compares every row) and the same queries, one at a time, from a store on the disk that is
warm. Ids and texts are asked for as well where the store has them. The rounds go A B C … A B C …;
each figure is the median of a process's queries, then of the rounds. Recall is that of the ten
nearest by NumPy in float64.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import numpy as np

DIMS, K, QUERIES, ROUNDS = 384, 10, 15, 3
Search = Callable[[np.ndarray], list[int]]


def likewise(vectors: np.ndarray, folder: Path) -> Search:
    from likewise.collections import Collection
    from likewise.collections.search.search import Query, search
    from likewise.collections.storage.items import Item
    from likewise.types import Identity

    identity = Identity("random", "", "0" * 64, "", "random", DIMS, 0, "none")
    if not folder.exists():
        made = Collection.create(folder, identity)
        parts = range(0, len(vectors), 4_096)
        made.add_embedded(
            (
                (
                    [Item(str(r), f"text {r}") for r in range(s, min(s + 4_096, len(vectors)))],
                    vectors[s : s + 4_096],
                    np.zeros(min(4_096, len(vectors) - s), bool),
                )
                for s in parts
            ),
            identity,
            [],
        )
        made.compact()
    snapshot = Collection.open(folder).snapshot

    class Given(Query):
        def vector(self, _snapshot: object, _encoder: object) -> np.ndarray:
            return self.texts  # type: ignore[return-value]

    return lambda query: [
        int(hit.id) for hit in search(snapshot, Given(query[None]), K, encoder=None)
    ]


def numpy(vectors: np.ndarray, _: Path) -> Search:
    def search(query: np.ndarray) -> list[int]:
        scores = vectors @ query
        top = np.argpartition(-scores, K)[:K]
        return top[np.argsort(-scores[top])].tolist()

    return search


def llm(vectors: np.ndarray, folder: Path) -> Search:
    import llm as package
    import sqlite_utils

    is_new = not folder.exists()
    database = sqlite_utils.Database(str(folder))
    made = package.Collection("texts", database, model=SimpleNamespace(model_id="none"))
    if is_new:
        database["embeddings"].insert_all(
            {
                "collection_id": made.id,
                "id": str(row),
                "embedding": package.encode(vector.tolist()),
                "content": f"text {row}",
                "content_blob": None,
                "content_hash": b"",
                "metadata": None,
                "updated": 0,
            }
            for row, vector in enumerate(vectors)
        )
    return lambda query: [int(one.id) for one in made.similar_by_vector(query.tolist(), K)]


def lancedb(vectors: np.ndarray, folder: Path) -> Search:
    import lancedb as package
    import pyarrow as pa

    database = package.connect(str(folder))
    if not (folder / "texts.lance").exists():
        flat = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), DIMS)
        rows = pa.array(range(len(vectors)))
        database.create_table("texts", pa.table({"id": rows, "vector": flat}))
    table = database.open_table("texts")
    return lambda query: [
        one["id"] for one in table.search(query).distance_type("cosine").limit(K).to_list()
    ]


def sqlite_vec(vectors: np.ndarray, folder: Path) -> Search:
    import sqlite_vec as package
    from pysqlite3 import dbapi2 as sqlite3  # Python's own may not load extensions

    is_new = not folder.exists()
    database = sqlite3.connect(str(folder))
    database.enable_load_extension(True)
    package.load(database)
    if is_new:
        database.execute(f"create virtual table texts using vec0(embedding float[{DIMS}])")
        database.executemany(
            "insert into texts (rowid, embedding) values (?, ?)",
            ((row, vector.tobytes()) for row, vector in enumerate(vectors)),
        )
        database.commit()
    return lambda query: [
        row
        for (row,) in database.execute(
            "select rowid from texts where embedding match ? and k = ? order by distance",
            (query.tobytes(), K),
        )
    ]


def chroma(vectors: np.ndarray, folder: Path) -> Search:
    import chromadb

    client = chromadb.PersistentClient(str(folder), chromadb.Settings(anonymized_telemetry=False))
    made = client.get_or_create_collection("texts", metadata={"hnsw:space": "cosine"})
    if not made.count():
        for start in range(0, len(vectors), 5_000):
            part = vectors[start : start + 5_000]
            rows = map(str, range(start, start + len(part)))
            made.add(ids=list(rows), embeddings=part)
    return lambda query: [
        int(row) for row in made.query(query_embeddings=[query], n_results=K)["ids"][0]
    ]


def txtai(vectors: np.ndarray, folder: Path) -> Search:
    from txtai.embeddings import Embeddings

    made = Embeddings(method="external", transform=lambda rows: np.stack(rows))
    if folder.exists():
        made.load(str(folder))
    else:
        made.index((row, vector, None) for row, vector in enumerate(vectors))
        del made.config["transform"]  # a function, which a saved index would not load
        made.save(str(folder))
    return lambda query: [int(row) for row, _ in made.search(query, K)]


PEERS = {
    "likewise": likewise,
    "numpy": numpy,
    "llm": llm,
    "lancedb": lancedb,
    "sqlite_vec": sqlite_vec,
    "chroma": chroma,
    "txtai": txtai,
}


def measured(name: str, folder: Path) -> dict[str, object]:
    """Make the store where there is none, and search it; this process does nothing else."""
    vectors, queries = np.load(folder / "vectors.npy"), np.load(folder / "queries.npy")
    began = time.perf_counter()
    search = PEERS[name](vectors, folder / name)
    made = time.perf_counter() - began
    search(queries[0])
    taken, found = [], []
    for query in queries:
        began = time.perf_counter()
        found.append(search(query))
        taken.append(time.perf_counter() - began)
    return {"made": made, "seconds": statistics.median(taken), "found": found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=sys.executable, help="Python that has the peers.")
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--only", nargs="*", default=list(PEERS))
    parser.add_argument("--work", type=Path, help="Where stores stay, to measure them again.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--job", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.job:
        print(json.dumps(measured(given.job[0], Path(given.job[1]))))
        return
    for rows in given.rows:
        with ExitStack() as stack:
            folder = given.work or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            (folder / str(rows)).mkdir(parents=True, exist_ok=True)
            compare(rows, folder / str(rows), given)


def compare(rows: int, folder: Path, given: argparse.Namespace) -> None:
    """Print the rows of the table for one number of vectors."""
    random = np.random.default_rng(0)
    vectors = random.standard_normal((rows, DIMS), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    queries = random.standard_normal((QUERIES, DIMS), np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    np.save(folder / "vectors.npy", vectors)
    np.save(folder / "queries.npy", queries)
    scores = queries.astype(np.float64) @ vectors.T.astype(np.float64)
    true = np.argsort(-scores, axis=1)[:, :K]
    runs: dict[str, list[dict[str, object]]] = {name: [] for name in given.only}
    for _ in range(given.rounds):
        for name in given.only:
            python = sys.executable if name in ("likewise", "numpy") else given.peers
            done = subprocess.run(
                [python, __file__, "--job", name, str(folder)],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                print(f"| {name} | {rows:,} | {done.stderr.strip().splitlines()[-1]} |")
                continue
            runs[name].append(json.loads(done.stdout.splitlines()[-1]))
    ours = statistics.median(run["seconds"] for run in runs[given.only[0]])
    for name, some in runs.items():
        if some:
            seconds = statistics.median(run["seconds"] for run in some)
            hits = [len(set(a) & set(b)) for a, b in zip(some[0]["found"], true, strict=True)]
            print(
                f"| {name} | {rows:,} | {some[0]['made']:,.1f} s | {1_000 * seconds:,.1f} ms | "
                f"{seconds / ours:.2f} | {np.mean(hits) / K:.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
