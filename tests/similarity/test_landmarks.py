import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

import likewise
from likewise.encoders import load
from likewise.encoders.sha256 import Sha256Encoder
from likewise.similarity import background, landmarks
from likewise.similarity.background import general_english
from likewise.similarity.landmarks import KINDS, Landmarks


@pytest.fixture
def minilm(own) -> Landmarks:
    encoder = load("minilm")
    return landmarks.landmarks(encoder, general_english(encoder, own), own)


def test_the_triples_are_many_and_differ():
    subjects, triples = landmarks.subjects_and_triples()
    assert len(triples) == 120
    assert set(Counter(subjects).values()) == {3}
    assert len(set(subjects)) == 40
    sentences = [sentence for triple in triples for sentence in triple]
    assert len(set(sentences)) == 360
    assert not set(sentences) & set(background.topics_and_sentences()[1])
    assert all(it == it.strip() and it.isprintable() and it[-1] in ".!?°" for it in sentences)


def test_strangers_are_of_different_subjects():
    subjects, triples = landmarks.subjects_and_triples()
    subject_of = {one: subject for subject, (one, _, _) in zip(subjects, triples, strict=True)}
    strangers, related, same = landmarks.pairs_of_kinds()
    assert len(strangers) == len(related) == len(same) == 120
    assert all(subject_of[one] != subject_of[other] for one, other in strangers)


def test_a_quarter_of_the_subjects_is_held_out_whole():
    subjects, _ = landmarks.subjects_and_triples()
    out = {s for s, held in zip(subjects, landmarks.held_out(), strict=True) if held}
    kept = {s for s, held in zip(subjects, landmarks.held_out(), strict=True) if not held}
    assert len(out) == 10
    assert not out & kept


def test_the_landmarks_are_shipped_for_minilm(own):
    encoder = load("minilm")
    shipped = landmarks.loads(landmarks._read(landmarks.SHIPPED), encoder.identity)
    assert shipped is not None, "run python -m likewise.similarity.landmarks"
    made = landmarks.make(encoder, general_english(encoder, own))
    for kind in ("strangers", "subject", "meaning"):
        # precisions differ by a little
        np.testing.assert_allclose(getattr(shipped, kind), getattr(made, kind), atol=1e-2)
    np.testing.assert_allclose(shipped.cuts, made.cuts, atol=2e-2)


def test_the_lines_hold_on_pairs_that_did_not_draw_them(minilm):
    out = landmarks.held_out()
    for cosines in (minilm.subject, minilm.meaning):
        assert ks_2samp(cosines[out], cosines[~out]).pvalue > 0.01
    low, high = minilm.cuts
    assert (minilm.strangers[out] < low).mean() > 0.8
    assert (minilm.subject[out] >= low).mean() > 0.9
    assert (minilm.subject[out] < high).mean() > 0.75
    assert (minilm.meaning[out] >= high).mean() > 0.65
    rates = ((minilm.subject[out] < high).mean() + (minilm.meaning[out] >= high).mean()) / 2
    assert minilm.apart[1] == pytest.approx(rates, abs=0.02)


def test_what_a_person_would_say_of_the_page_s_sentences():
    said = likewise.compare(
        [
            "I love cats.",
            "Felines are my favourite animals.",
            "A cat sleeps for around fifteen hours a day.",
            "The budget was rejected.",
        ]
    ).likeness
    assert said == [None, "same meaning", "same subject", "strangers"]


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=20))
def test_more_alike_is_never_less(cosines):
    order = (*KINDS,)
    shipped = landmarks.loads(landmarks._read(landmarks.SHIPPED), load("minilm").identity)
    said = [order.index(shipped.likeness(cosine)) for cosine in sorted(cosines)]
    assert said == sorted(said)


def test_an_encoder_that_tells_nothing_apart_says_nothing(own):
    encoder = Sha256Encoder()
    found = landmarks.landmarks(encoder, general_english(encoder, own), own)
    assert found.cuts == (None, None)
    assert max(found.apart) < landmarks.LEAST_APART
    comparison = likewise.compare(["a", "b"], encoder, settings=own)
    assert comparison.likeness == [None, None]
    assert "does not tell related texts from unrelated ones" in repr(comparison)


def test_one_line_alone_tells_related_from_strangers():
    cosines = np.zeros(120)
    found = Landmarks("d", cosines, cosines, cosines, (0.2, None), (0.9, 0.5))
    assert [found.likeness(cosine) for cosine in (0.1, 0.2, 0.9)] == ["strangers", *["related"] * 2]


def test_made_landmarks_are_kept_for_the_next_process(words, own):
    scale = general_english(words, own)
    before = words.encoded
    made = landmarks.landmarks(words, scale, own)
    assert words.encoded == before + 360
    assert landmarks.landmarks(words, scale, own) is made
    landmarks.KEPT.in_memory.clear()
    again = landmarks.landmarks(words, scale, own)
    assert words.encoded == before + 360
    assert again.cuts == pytest.approx(made.cuts, abs=1e-6)
    np.testing.assert_array_equal(again.meaning, made.meaning)


@pytest.mark.parametrize(
    "change",
    [
        {"triples": "0" * 64},
        {"digest": "0" * 64},
        {"meaning": [0.5]},
        {"meaning": "x"},
        {"cuts": [0.1]},
        {"cuts": None},
    ],
)
def test_broken_or_old_landmarks_are_not_taken(words, own, change):
    made = landmarks.make(words, general_english(words, own))
    fields = json.loads(landmarks.dumps(made))
    assert landmarks.loads(json.dumps(fields), words.identity) is not None
    assert landmarks.loads(json.dumps({**fields, **change}), words.identity) is None
    assert landmarks.loads("[]", words.identity) is None
    assert landmarks.loads("nonsense", words.identity) is None


def test_the_answer_has_the_quantiles_and_the_examples(minilm):
    answer = json.loads(json.dumps(minilm.to_dict(), allow_nan=False))
    assert [kind["name"] for kind in answer["kinds"]] == list(KINDS)
    for kind in answer["kinds"]:
        assert len(kind["quantiles"]) == 21
        assert kind["quantiles"] == sorted(kind["quantiles"])
    medians = [kind["quantiles"][10] for kind in answer["kinds"]]
    assert medians[0] < answer["cuts"][0] < medians[1] < answer["cuts"][1] < medians[2]
    examples = minilm.examples()
    assert Counter(example["kind"] for example in examples) == dict.fromkeys(KINDS, 120)
    first = next(example for example in examples if example["kind"] == "same meaning")
    similarity = likewise.compare([first["one"], first["other"]]).similarities[1]
    assert first["similarity"] == pytest.approx(float(similarity), abs=0.01)
