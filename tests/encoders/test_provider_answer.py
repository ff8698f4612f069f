"""What a provider answers is checked, and what is wrong with it said of the vector that is."""

import orjson
import pytest

from likewise.encoders.remote.provider_answer import received
from likewise.errors import RemoteDefective


@pytest.mark.parametrize(("odd", "said"), [(1e-12, "1e-12"), (1e12, r"1e\+12")])
@pytest.mark.parametrize("place", [0, 1])
def test_the_length_that_is_odd_is_said(odd, said, place):
    vectors = [[1.0, 0.0], [1.0, 0.0]]
    vectors[place] = [odd, 0.0]
    data = [{"index": at, "embedding": vector} for at, vector in enumerate(vectors)]
    with pytest.raises(RemoteDefective, match=f"of the length {said};"):
        received(orjson.dumps({"data": data, "usage": {"prompt_tokens": 2}}), 2, None)
