"""Two batches of a small model are computed at a time, and come out as they do alone."""

import threading

import numpy as np

from likewise.encoders.local.encoder import LocalEncoder
from likewise.encoders.local.requests import Requests
from tests.encoders.models import write_model
from tests.waiting import wait_for


def made(asked, fails=False):
    def compile_for(batches):
        asked.append(batches)
        if fails and batches > 1:
            raise RuntimeError("no memory")
        return [f"{number + 1} of {batches}" for number in range(batches)]

    found = Requests(compile_for)
    found.allows_two = True
    return found


def met(requests):
    """Have a second caller come; return what it had once both have ended."""
    got = []

    def come():
        with requests.one() as request:
            got.append(request)

    other = threading.Thread(target=come)
    with requests.one():
        other.start()
        wait_for(lambda: requests._making is not None)
        with requests._changed:  # in which it was started
            making = requests._making
        making.join(10)
    other.join(10)
    return got


def test_alone_a_batch_has_all_threads_and_two_have_a_half_each():
    asked = []
    requests = made(asked)
    for _ in range(2):
        with requests.one() as request:
            assert request == "1 of 1"
    assert asked == [1]
    met(requests)
    assert asked == [1, 2]
    with requests.one() as first, requests.one() as second:
        assert first == "1 of 1"
        assert second in ("1 of 2", "2 of 2")
        assert not requests._may_begin()
    assert requests._may_begin()


def test_where_there_is_no_room_for_two_one_goes_on(caplog):
    asked = []
    requests = made(asked, fails=True)
    assert met(requests) == ["1 of 1"]
    assert asked == [1, 2]
    assert "not two: no memory" in caplog.text
    with requests.one():
        assert not requests._may_begin()


def test_a_copy_of_the_process_computes_one_at_a_time():
    requests = made([])
    met(requests)
    requests.renew()
    with requests.one() as request:
        assert request == "1 of 1"
        assert not requests._may_begin()


def test_vectors_are_the_same_whichever_threads_compute_them(tmp_path):
    write_model(tmp_path / "model")
    encoder = LocalEncoder(tmp_path / "model", name="random", precision="f32", threads=2)
    texts = [f"w{n} w{n + 1} " * (n % 7 + 1) for n in range(40)]
    alone = encoder.encode(texts).vectors
    requests = encoder._engine._requests
    assert requests.allows_two is encoder.capabilities.allows_two
    requests.allows_two = True  # also where there is one core
    requests._make()
    requests._making = threading.current_thread()
    beside = []
    with requests.one():
        beside.append(encoder.encode(texts).vectors)
    threads = [
        threading.Thread(target=lambda: beside.append(encoder.encode(texts).vectors))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(beside) == 5
    for vectors in beside:
        np.testing.assert_allclose(vectors, alone, atol=1e-6)


def test_a_model_whose_file_was_changed_meanwhile_is_not_compiled_again(tmp_path, caplog):
    write_model(tmp_path / "model")
    encoder = LocalEncoder(tmp_path / "model", name="random", precision="f32", threads=2)
    weights = tmp_path / "model" / "model.safetensors"
    weights.write_bytes(weights.read_bytes() + b"\0")
    encoder._engine._requests._make()
    assert "its weights were changed while they were read" in caplog.text
    assert encoder._engine._requests._halves == []
