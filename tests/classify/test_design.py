import numpy as np
import pytest

from likewise import Classifier, Regressor
from likewise.classify.design import cross_validated, design_of
from tests.classify.conftest import blobs


def rows(*sizes):
    return [np.arange(size) for size in sizes]


@pytest.mark.parametrize(
    ("sizes", "by_time", "said"),
    [
        (
            (24,) * 5,
            False,
            "in five rounds, with a different fifth of the texts held out each time",
        ),
        ((3, 3, 2, 2, 2), False, "in five rounds, with a different fifth of the texts held out"),
        ((90, 10, 8, 6, 6), False, "in five rounds, with a different part of the texts held out"),
        ((60, 60), False, "in two rounds, with a different half of the texts held out each time"),
        ((90, 30), False, "in two rounds, with a different part of the texts held out each time"),
        ((24,), False, "one fifth of the texts held out"),
        ((60,), False, "50 % of the texts held out"),
        ((24,), True, "the latest fifth of the texts held out"),
        ((108,), True, "the latest 90 % of the texts held out"),
        ((20,) * 5, True, "in six parts by time, each but the first tested with what came before"),
        ((60, 30), True, "in three parts by time, each but the first tested with what came before"),
    ],
)
def test_what_is_said_is_true_of_the_parts(sizes, by_time, said):
    texts = 12 if sum(sizes) == 12 else 120
    assert design_of(rows(*sizes), texts, by_time=by_time, grouped=False).startswith(said)
    whole = design_of(rows(*sizes), texts, by_time=by_time, grouped=True)
    assert whole.endswith(", no group on both sides")


def test_ties_in_time_are_not_called_a_fifth():
    x, y = blobs(60, 2)
    late = np.arange(60) >= 12  # two times, four fifths of the texts at the later one
    model = Classifier(candidates=["embeddings"]).fit(x, y.tolist(), times=late)
    assert model.leaderboard().design == "the latest 80 % of the texts held out"
    numbers = Regressor(encoder=None).fit(x, np.arange(60), times=late, groups=np.arange(60))
    said = "the latest 80 % of the texts held out, no group on both sides"
    assert numbers.held_out().design.startswith(f"{said}; the penalty was chosen on the same texts")


def test_what_was_compared_with_nothing_says_how_it_was_held_out():
    x, y = blobs(40, 2)
    for given, said in (
        ({"times": range(40)}, "in parts by time, each but the first"),
        ({"groups": np.arange(40) // 2}, "each time, no group on both sides; settings were chosen"),
    ):
        model = Classifier(candidates=["embeddings"]).fit(x, y.tolist(), **given)
        assert said in model.model_.facts.estimate["design"]
    assert cross_validated("all", by_time=False, grouped=False).endswith("flatters a little")
