import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union

from likewise.encoders import load
from likewise.errors import IncompatibleVectors, InvalidText, TooFewTexts, UnknownEncoder
from likewise.sklearn import TextEncoder

HAPPY = ["What a lovely day!", "I am so glad.", "We won, hooray!", "She laughed with joy.",
         "This made me smile.", "Best birthday ever."]  # fmt: skip
SAD = ["I feel awful.", "He cried all night.", "What a terrible loss.", "Everything hurts.",
       "She is lonely and blue.", "They mourn their friend."]  # fmt: skip
TEXTS, MOODS = HAPPY + SAD, [1] * len(HAPPY) + [0] * len(SAD)


def test_vectors_are_the_encoder_s():
    transformer = TextEncoder("sha256")
    vectors = transformer.fit_transform(TEXTS)
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors, load("sha256").encode(TEXTS).vectors)
    assert transformer.identity_.digest == load("sha256").identity.digest


def test_in_a_pipeline_and_a_grid_search():
    search = GridSearchCV(
        make_pipeline(TextEncoder(), LogisticRegression()),
        {"textencoder__encoder": ["sha256", "minilm"], "logisticregression__C": [1, 10]},
        cv=3,
        error_score="raise",
    ).fit(TEXTS, MOODS)
    assert search.best_params_["textencoder__encoder"] == "minilm"
    assert search.predict(["I am delighted.", "I am in despair."]).tolist() == [1, 0]


def test_clone_and_params():
    transformer = TextEncoder("sha256", prefix=None).fit(TEXTS)
    copy = clone(transformer)
    assert copy.get_params() == {"encoder": "sha256", "prefix": None}
    with pytest.raises(NotFittedError):
        copy.transform(TEXTS)
    assert repr(TextEncoder("sha256")) == "TextEncoder(encoder='sha256')"


def test_pickles_by_name_without_weights():
    transformer = TextEncoder().fit(TEXTS)
    expected = transformer.transform(TEXTS)
    data = pickle.dumps(transformer)
    assert len(data) < 2_000
    np.testing.assert_array_equal(pickle.loads(data).transform(TEXTS), expected)


def test_another_encoder_under_the_same_name_is_refused():
    transformer = TextEncoder("sha256").fit(TEXTS)
    transformer.encoder = "minilm"
    with pytest.raises(IncompatibleVectors):
        transformer.transform(TEXTS)


def test_feature_names():
    transformer = TextEncoder("sha256").fit(TEXTS)
    names = transformer.get_feature_names_out()
    assert names.shape == (256,)
    assert names[:2].tolist() == ["textencoder0", "textencoder1"]
    union = make_union(TextEncoder("sha256"), TextEncoder("minilm")).fit(TEXTS)
    assert len(union.get_feature_names_out()) == 256 + 384


def test_columns_of_every_shape():
    expected = TextEncoder("sha256").fit_transform(TEXTS)
    for column in (
        tuple(TEXTS),
        iter(TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        np.array(TEXTS)[:, None],
    ):
        found = TextEncoder("sha256").fit(TEXTS).transform(column)
        np.testing.assert_array_equal(found, expected)
    table = np.array([TEXTS, MOODS], dtype=object).T
    chosen = ColumnTransformer([("text", TextEncoder("sha256"), 0)])
    np.testing.assert_array_equal(chosen.fit_transform(table), expected)


def test_no_text_to_transform_is_no_row():
    assert TextEncoder("sha256").fit(TEXTS).transform([]).shape == (0, 256)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ("one text", "Texts come as a list, and this is one str"),
        (["a", None], "Text 2 is not a string but NoneType None"),
        (["a", float("nan")], "Text 2 is not a string but float nan"),
        ([1, 2], "Text 1 is not a string but int 1"),
        (np.array([["a", "b"]]), r"shape (1, 2)"),
    ],
)
def test_what_is_not_texts(texts, said):
    with pytest.raises(InvalidText) as error:
        TextEncoder("sha256").fit(texts)
    assert said in error.value.problem


def test_no_text_and_no_such_encoder():
    with pytest.raises(TooFewTexts):
        TextEncoder("sha256").fit([])
    with pytest.raises(UnknownEncoder):
        TextEncoder("no-such-encoder").fit(TEXTS)
