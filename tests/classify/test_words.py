import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from likewise.classify.learn.tfidf import TermCounts, Tfidf

TEXTS = [
    "The card has not come.",
    "the card came",
    "a new card, the new card",
    "",
    "?!",
    "ÜBER über",
]


def test_agrees_with_scikit_learn():
    rows = np.array([0, 1, 2, 5])
    words, columns = Tfidf.of(TermCounts.of(TEXTS), rows)
    oracle = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    oracle.fit([TEXTS[row] for row in rows])
    assert words.terms.tolist() == oracle.get_feature_names_out().tolist()
    np.testing.assert_allclose(
        words.features(TEXTS).toarray(), oracle.transform(TEXTS).toarray(), atol=1e-6
    )
    counts = TermCounts.of(TEXTS)
    np.testing.assert_allclose(
        words.weigh(counts.table[:, columns]).toarray(), words.features(TEXTS).toarray(), atol=1e-6
    )


def test_terms_of_many_texts_occur_twice():
    texts = [f"common unique{index}" for index in range(501)]
    words, _ = Tfidf.of(TermCounts.of(texts), np.arange(501))
    assert words.terms.tolist() == ["common"]
    words, _ = Tfidf.of(TermCounts.of(texts), np.arange(3))
    assert len(words.terms) == 7


def test_an_endless_word_costs_its_own_length_only():
    texts = ["x" * 1_000_000, *(f"word{index}" for index in range(400))]
    words, _ = Tfidf.of(TermCounts.of(texts), np.arange(401))
    assert words.terms.nbytes < 10_000  # fixed widths would take 1.6 GB
    assert words.features(texts[:2]).nnz == 2


def test_texts_without_words():
    words, _ = Tfidf.of(TermCounts.of(["", "?"]), np.arange(2))
    assert words.terms.tolist() == []
    assert words.features(["any", ""]).shape == (2, 0)


@settings(deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=8), st.text())
def test_any_text_has_features_of_length_one_or_zero(texts, other):
    words, _ = Tfidf.of(TermCounts.of(texts), np.arange(len(texts)))
    lengths = np.linalg.norm(words.features([*texts, other]).toarray(), axis=1)
    assert all(length == 0 or abs(length - 1) < 1e-5 for length in lengths)
