"""A job on a real Ray cluster of two nodes gives the same bytes as a loop."""

import socket
import sys
import threading

import pytest

from likewise.distributed import jobs, on_ray
from likewise.distributed.executors import Loop
from likewise.distributed.on_ray import OnRay
from likewise.errors import InvalidOption, MissingPackage, StoreUnavailable
from tests.distributed.cluster import ray_cluster
from tests.distributed.conftest import digests
from tests.distributed.ray_job import Told, nodes_in


def test_two_nodes_make_the_same_bytes_as_a_loop(
    mixed, planned, done, sha256, tmp_path, monkeypatch
):
    alone, _ = done(mixed, "loop", Loop())
    store, plan = planned(mixed, "ray")
    with ray_cluster(2) as cluster:
        executor = Told(cluster.address, 2, tmp_path / "nodes", nodes=2)
        state = jobs.run(store, plan, sha256, executor, job="embed")
        monkeypatch.setattr(on_ray, "_JOIN_SECONDS", 0)
        too_much = OnRay(cluster.address, cpus=2)
        with monkeypatch.context() as other:
            other.setattr("ray.__version__", "2.0.0")
            with pytest.raises(StoreUnavailable, match="mismatch"):
                next(OnRay(cluster.address).run(print, [1]))
        with pytest.raises(InvalidOption, match=r"2 processors .* has more than 1 and 0\."):
            next(too_much.run(print, [1]))
    assert (state.finished, state.rows) == (len(plan), 5_000)
    assert len(nodes_in(tmp_path / "nodes")) == 2
    assert len(plan.cuts) == 2
    assert digests(store) == digests(alone)
    assert jobs.verify(store, plan, Loop())[1] == []


def test_without_ray_the_remedy_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingPackage, match=r"likewise\[ray\]"):
        next(OnRay("auto").run(print, [1]))


def test_without_what_ray_needs_for_clients_the_remedy_is_said(monkeypatch):
    def init(*_, **__):
        raise ImportError("No module named 'grpc'")

    monkeypatch.setattr("ray.init", init)
    monkeypatch.setattr(on_ray, "_check_listens", lambda _: None)
    with pytest.raises(MissingPackage, match=r"ray\[client\]"):
        next(OnRay("ray://nothing").run(print, [1]))


@pytest.mark.parametrize(
    "address",
    ["garbage", "a b:1", "ray://", "ray://host:0", "host:99999", "host:port", "http://host:6379",
     "user@host:6379", "host:6379:1", "ray://host/path", ""],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_before_anything_is_asked(address):
    with pytest.raises(InvalidOption, match="of a Ray cluster can't be understood"):
        OnRay(address)


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.0 400 Bad request\r\n\r\n", b"SSH-2.0-x\r\n", b""]
)  # fmt: skip
def test_a_server_that_is_not_ray_is_told_at_once(answer):
    def serve():
        asked, _ = server.accept()
        with asked:
            asked.recv(100)
            asked.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        executor = OnRay(f"127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(StoreUnavailable, match="what listens there is not Ray"):
            next(executor.run(print, [1]))
        thread.join()


@pytest.mark.parametrize(
    ("address", "host"),
    [("ray://nothing", ("nothing", 10_001)), ("head:6379", ("head", 6379)),
     ("[::1]:6379", ("::1", 6379)), ("auto", None)],
)  # fmt: skip
def test_where_a_cluster_listens_is_read_from_its_address(address, host):
    assert OnRay(address)._host == host
