"""What is never split between learning and testing, and what is later: the same for all targets."""

import numpy as np
import pytest

from likewise import Classifier, MultiLabelClassifier, Regressor
from likewise.classify.inputs import held_together, times_of
from likewise.errors import InvalidOption, TooFewTexts
from likewise.types import EmbeddedTexts
from tests.classify.conftest import blobs

ROWS = 20
X, Y = blobs(ROWS, 2)

ESTIMATORS = {
    "classes": (Classifier(candidates=["embeddings"]), Y.tolist()),
    "labels": (
        MultiLabelClassifier(candidates=["embeddings"]), [["a", "b"][: 1 + row % 2] for row in Y]
    ),
    "numbers": (Regressor(encoder=None), np.arange(ROWS)),
}  # fmt: skip


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"groups": ["all"] * ROWS}, TooFewTexts, "All texts belong to one group"),
        ({"groups": [[1, 2]] * ROWS}, InvalidOption, "20 groups for 20 texts"),
        ({"groups": 3}, InvalidOption, "groups are 3, which is no list"),
        ({"times": [[1], [1, 2]] * 10}, InvalidOption, "no list of single values"),
        ({"groups": range(3)}, InvalidOption, "There are 3 groups for 20 texts"),
        ({"times": [5.0] * ROWS}, TooFewTexts, "all have one time"),
        ({"times": [*range(19), np.nan]}, InvalidOption, "row 20 is nan, which is no finite"),
        ({"times": [0, "soon", *range(18)]}, InvalidOption, "row 2 is 'soon', which is no"),
        ({"times": [None, *range(19)]}, InvalidOption, "row 1 is None, which is no finite"),
        ({"times": [10**400, *range(19)]}, InvalidOption, "row 1 is 1000.*, which is no finite"),
        (
            # a person that writes all the time leaves nothing to learn from
            {"times": range(ROWS), "groups": ["one", "two"] * 10},
            TooFewTexts,
            "groups reach over the whole",
        ),
    ],
)
def test_what_can_not_be_held_out_is_refused(name, given, error, said):
    model, y = ESTIMATORS[name]
    with pytest.raises(error, match=said):
        model.fit(X, y, **given)


def test_a_row_without_a_group_is_a_group_of_its_own():
    import pandas as pd

    vectors = EmbeddedTexts(X)
    for missing in (None, float("nan"), pd.NA):
        groups = pd.Series(["p", missing] * 10, dtype=object)
        found = held_together(vectors, groups)
        assert len(set(found[::2].tolist())) == 1
        assert len(set(found[1::2].tolist())) == 10
        assert len(set(found.tolist())) == 11


def test_numbers_and_texts_may_name_groups_together():
    found = held_together(EmbeddedTexts(X), [1, "1", None, "b"] * 5)
    assert len(set(found.tolist())) == 2 + 5


def test_dates_of_numpy_are_times():
    rows = np.arange(ROWS)
    days = np.datetime64("2026-01-01") + rows
    found = times_of(days, rows)
    assert (np.diff(found) > 0).all()
    with pytest.raises(InvalidOption, match="row 4 is None, which is no finite number"):
        times_of(np.where(rows == 3, np.datetime64("NaT"), days), rows)
