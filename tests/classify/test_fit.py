from dataclasses import replace

import numpy as np
import pytest

from likewise.classify.evaluate.audit import suspects, votes
from likewise.classify.evaluate.board import PROCEDURE
from likewise.classify.evaluate.leaderboard import MAJORITY, leaderboard
from likewise.classify.label.active import at_random, by_margin
from likewise.classify.learn.candidates import TITLES, Samples, Setting, Split
from likewise.classify.learn.search import (
    GAMMA,
    Scored,
    Search,
    choose,
    chosen_among,
    few_setting,
    fit_model,
    n_folds,
)
from likewise.classify.learn.softmax import FeatureBlocks
from likewise.classify.learn.tfidf import TermCounts
from tests.classify.conftest import blobs


def samples(n: int = 200, classes: int = 4, *, spread: float = 0.5, words: bool = False) -> Samples:
    x, y = blobs(n, classes, spread=spread)
    counts = TermCounts.of([f"word{label} and more" for label in y]) if words else None
    return Samples(x, y, np.arange(n), classes, counts)


def scored(candidate: str, losses: np.ndarray) -> Scored:
    n = len(losses)
    return Scored(Setting(candidate), np.arange(n), np.zeros((n, 2), np.float32), 1.0, losses)


def test_a_draw_goes_to_the_simple_model():
    rng = np.random.default_rng(0)
    base = rng.random(400)
    simple = scored("embeddings", base)
    slightly = scored("both", base - 0.001 + 0.5 * rng.normal(size=400))
    clearly = scored("words", base - 0.2 + 0.5 * rng.normal(size=400))
    assert choose([simple, slightly]) is simple
    assert choose([simple, slightly, clearly]) is clearly
    assert choose([slightly]) is slightly


def test_words_are_chosen_where_they_tell_more():
    found = Search(samples(120, 3, spread=3.0, words=True)).run(["words", "embeddings"])
    assert choose(found).setting.candidate == "words"


def test_no_row_is_judged_by_a_model_that_has_seen_it():
    trial = Search(samples())
    for split in trial.splits:
        assert not set(split.train) & set(split.held_out)
    rows = np.concatenate([split.held_out for split in trial.splits])
    assert sorted(rows) == list(range(200))


def test_training_on_noise_does_not_look_good():
    noise = samples(300, 3)
    noise = replace(noise, classes=np.random.default_rng(0).integers(0, 3, 300))
    trained = fit_model(Search(noise), Setting("embeddings", C=100.0))
    right = trained.logits.argmax(axis=1) == noise.classes[trained.held_out]
    assert right.mean() < 0.45
    sure = trained.probabilities.max(axis=1)
    assert sure.mean() < 0.5  # the temperature knows


def test_trained_on_easy_data_is_right_and_sure():
    easy = samples(300, 3, spread=0.3)
    trained = fit_model(Search(easy), Setting("embeddings"))
    assert (trained.logits.argmax(axis=1) == easy.classes[trained.held_out]).mean() > 0.98
    assert len(trained.scores(easy.classes)) == 300
    assert len(trained.novelty.novelty.combined) == 300


def test_one_example_a_class_needs_label_names():
    few = samples(4, 4)
    assert n_folds(few) == 0
    assert Search(few).run() == []
    assert few_setting(few) == Setting("embeddings", C=10.0, label_names=False)
    named = replace(few, label_vectors=blobs(4, 4, spread=0.1)[0])
    assert few_setting(named).label_names
    trained = fit_model(Search(named), few_setting(named))
    assert trained.temperature == 1
    assert len(trained.held_out) == 0


def test_a_kernel_helps_where_texts_are_few_and_labels_have_several_kinds_of_them():
    """Each label has texts on two opposite sides, which no plane can part from the others."""
    x, y = blobs(200, 2, spread=0.3)
    x = (x * np.where(np.arange(200) // 2 % 2, 1, -1)[:, None]).astype(np.float32)
    few = replace(
        Samples(x[:28], y[:28], np.arange(28), 2), label_vectors=blobs(2, 2, spread=0.1)[0]
    )
    for keep, gamma in ((True, GAMMA), (False, 0.0)):
        allowed = replace(few, keep_vectors=keep)
        best = Search(allowed).best_of("embeddings")
        assert best.setting.gamma == gamma
        head = Split(allowed, np.arange(28), np.arange(0)).fit(best.setting).head
        right = (head.logits(FeatureBlocks(x[28:])).argmax(axis=1) == y[28:]).mean()
        assert (right > 0.9) == keep


def test_two_standard_errors_are_asked_for_where_texts_are_few():
    rng = np.random.default_rng(0)
    base, gains = rng.random(40), rng.normal(size=40)
    gains += 1.5 * gains.std() / np.sqrt(40) - gains.mean()
    found = [scored("embeddings", base), scored("both", base - gains)]
    few = samples(24, 4)
    assert chosen_among(found, few, ("embeddings", "both")).candidate == "embeddings"
    assert chosen_among(found, samples(80, 4), ("embeddings", "both")).candidate == "both"


def test_label_names_help_where_texts_are_few():
    new, truth = blobs(400, 4, spread=1.2, seed=3)
    few = replace(samples(8, 4, spread=1.2), label_vectors=blobs(4, 4, spread=0.05)[0])
    rows = np.arange(8)
    right = {}
    for names in (False, True):
        head = Split(few, rows, rows[:0]).fit(Setting("embeddings", label_names=names)).head
        from likewise.classify.learn.softmax import FeatureBlocks

        right[names] = (head.logits(FeatureBlocks(new)).argmax(axis=1) == truth).mean()
    assert right[True] > right[False] + 0.02


def test_the_words_of_held_out_texts_are_not_learnt():
    data = samples(60, 2, words=True)
    counts = TermCounts.of([f"word{index}" for index in range(60)])
    split = Split(replace(data, counts=counts), np.arange(40), np.arange(40, 60))
    learnt = split.fit(Setting("both", words=1.0))
    assert learnt.words is not None
    assert set(learnt.words.terms) == {f"word{index}" for index in range(40)}


@pytest.mark.parametrize("name", list(TITLES))
def test_every_candidate_learns(name):
    data = samples(150, 3, words=True)
    scored = Search(data).run([name])[0]
    assert (scored.logits.argmax(axis=1) == data.classes[scored.rows]).mean() > 0.9
    assert scored.setting.candidate == name


def test_the_leaderboard_holds_out_every_text_of_small_data():
    data = samples(120, 3, words=True)
    found = leaderboard(data, "embeddings", ["embeddings", "words"])
    assert sorted(found.held_out) == list(range(120))
    names = [entry.name for entry in found.entries]
    assert names == [MAJORITY, TITLES["embeddings"], TITLES["words"], PROCEDURE]
    assert found.entries[0].scores.accuracy < 0.4
    best = max(entry.scores.accuracy for entry in found.entries)
    assert found.winner.scores.accuracy == best
    assert found.entries[0].interval[1] < 0
    assert found.to_dict()["saved"] == TITLES["embeddings"]


def test_the_leaderboard_of_large_data_holds_out_a_fifth():
    found = leaderboard(samples(1_000, 4), "embeddings", ["embeddings"])
    assert len(found.held_out) == 200


def test_flipped_labels_are_the_most_suspicious():
    data = samples(400, 4, spread=0.4)
    rng = np.random.default_rng(0)
    flipped = rng.permutation(400)[:20]
    wrong = data.classes.copy()
    wrong[flipped] = (wrong[flipped] + 1 + rng.integers(0, 3, 20)) % 4
    bad = replace(data, classes=wrong)
    trained = fit_model(Search(bad), Setting("embeddings"))
    found = suspects(trained.probabilities, trained.held_out, bad)
    assert len({suspect.row for suspect in found[:20]} & set(flipped.tolist())) >= 18
    first = found[0]
    assert first.given == wrong[first.row]
    assert first.suggested != first.given
    assert [s.confidence for s in found] == sorted(s.confidence for s in found)


def test_votes_are_those_of_the_nearest_of_other_groups():
    x, y = blobs(50, 3)
    data = Samples(x, y, np.arange(50) // 2, 3)
    [found] = votes(data, np.array([0, 7]))
    for place, row in enumerate((0, 7)):
        cosines = (x @ x[row]).astype(np.float64)
        cosines[data.groups == data.groups[row]] = -2
        nearest = np.argsort(-cosines)[:40]
        weights = np.exp(10 * (cosines[nearest] - cosines[nearest[0]]))
        counts = np.bincount(y[nearest], weights, minlength=3) + 0.5 / 3
        np.testing.assert_allclose(found[place], counts / counts.sum(), rtol=1e-4)


def test_texts_that_share_words_vote_and_others_do_not():
    texts = ["red car", "red cup", "blue car", "red hat", "green dog", "old key"]
    data = Samples(np.eye(6, dtype=np.float32), np.array([0, 1, 0, 1, 0, 1]), np.arange(6), 2)
    _, found = votes(replace(data, counts=TermCounts.of(texts)), np.arange(6))
    np.testing.assert_allclose(found[4:], 0.5)  # "green dog" shares no word with any
    np.testing.assert_allclose(found[3], 0.5, atol=0.2)  # two red things, of either label
    assert found[2, 0] == pytest.approx(1.25 / 1.5)  # "blue car": the one other car
    only = votes(replace(data, counts=TermCounts.of(["!"] * 6)), np.arange(6))[1]
    np.testing.assert_allclose(only, 0.5)  # no text has a word


def test_margin_asks_for_the_doubtful():
    probabilities = np.array([[0.9, 0.1, 0], [0.4, 0.35, 0.25], [0.5, 0.5, 0], [0.6, 0.2, 0.2]])
    assert by_margin(probabilities, np.array([10, 11, 12, 13])).tolist() == [12, 11, 13, 10]
    assert sorted(at_random(np.arange(9)).tolist()) == list(range(9))
    assert at_random(np.arange(9)).tolist() == at_random(np.arange(9)).tolist()


def test_a_text_that_stands_there_with_both_labels_is_not_suspicious():
    x, _ = blobs(30, 2)
    twice, y = np.repeat(x, 2, axis=0), np.tile([0, 1], 30)
    samples = Samples(twice, y, np.arange(60) // 2, 2)
    chances = np.full((60, 2), 0.5)
    assert suspects(chances, np.arange(60), samples) == []
    chances[7] = [0.9, 0.1]
    assert [one.row for one in suspects(chances, np.arange(60), samples)] == [7]
