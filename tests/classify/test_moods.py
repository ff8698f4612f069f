from collections import Counter

from likewise.classify.data.checks import check_table
from likewise.classify.data.moods import moods
from likewise.similarity.background import topics_and_sentences


def test_the_set_is_balanced_and_clean():
    texts, labels = moods()
    assert Counter(labels) == {"happy": 80, "sad": 80, "angry": 80, "afraid": 80}
    assert check_table(texts, labels) == []
    assert all(text == text.strip() and text.isprintable() for text in texts)
    assert not set(texts) & set(topics_and_sentences()[1])
    words = [len(text.split()) for text in texts]
    assert min(words) <= 2
    assert max(words) >= 18


def test_few_sentences_name_their_mood():
    named = [label in text.lower().split() for text, label in zip(*moods(), strict=True)]
    assert sum(named) < 10
