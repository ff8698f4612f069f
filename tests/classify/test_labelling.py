import numpy as np
import pytest

from likewise.classify.label.answer_log import AnswerLog
from likewise.classify.label.session import Labelling
from likewise.encoders import load
from likewise.errors import InvalidText, UnreadableFile
from tests.classify.conftest import blobs

TEXTS = [f"text {index}" for index in range(60)]


def session(path, n: int = 60) -> Labelling:
    vectors, _ = blobs(n, 3, dims=256)
    return Labelling(AnswerLog(path, TEXTS[:n]), load("sha256"), vectors)


def truth(row: int) -> str:
    return f"kind {'abc'[row % 3]}"


def label(labelling: Labelling, count: int) -> list[int]:
    asked = []
    for _ in range(count):
        row, _ = labelling.next()
        asked.append(row)
        labelling.answer(row, truth(row))
    return asked


def test_random_until_each_class_has_two_then_the_doubtful(tmp_path):
    labelling = session(tmp_path / "a")
    while True:
        row, chances = labelling.next()
        if chances:
            break
        labelling.answer(row, truth(row))
    counts = np.bincount(["abc".index(answer[-1]) for answer in labelling.log.answers.values()])
    assert counts[counts > 0].min() == 2
    assert sum(chances.values()) == pytest.approx(1)
    two = sorted(chances.values())[-2:]
    rest = np.array([r for r in range(60) if r not in labelling.log.answers])
    margins = np.sort(labelling._probabilities(rest), axis=1)
    assert two[1] - two[0] == pytest.approx((margins[:, -1] - margins[:, -2]).min(), abs=1e-5)


def test_answers_outlive_a_crash(tmp_path):
    path = tmp_path / "a"
    asked = label(session(path), 9)
    with path.open("ab") as file:
        file.write(b'{"row": 3, "te')  # cut in the middle
    again = session(path)
    assert again.log.order == asked
    assert again.log.answers == {row: truth(row) for row in asked}
    label(again, 1)
    assert len(session(path).log.answers) == 10


def test_the_same_session_asks_the_same(tmp_path):
    assert label(session(tmp_path / "a"), 20) == label(session(tmp_path / "b"), 20)


def test_undo(tmp_path):
    labelling = session(tmp_path / "a")
    assert labelling.log.undo() is None
    first, second = label(labelling, 2)
    assert labelling.log.undo() == second
    assert labelling.next()[0] == second
    assert session(tmp_path / "a").log.order == [first]
    assert labelling.log.undo() == first
    assert session(tmp_path / "a").log.answers == {}


def test_skip_and_the_end(tmp_path):
    labelling = session(tmp_path / "a", 5)
    row, _ = labelling.next()
    labelling.skip(row)
    asked = label(labelling, 4)
    assert row not in asked
    assert labelling.next() is None
    assert session(tmp_path / "a", 5).next()[0] == row


def test_a_blank_label_is_none(tmp_path):
    labelling = session(tmp_path / "a")
    with pytest.raises(InvalidText):
        labelling.answer(0, "  ")
    assert labelling.log.answers == {}


@pytest.mark.parametrize(
    "content",
    ["not json\n", "[1]\n", '{"row": 1}\n', '{"row": 1, "text": "0", "label": "x"}\n',
     '{"row": 99, "text": "0", "label": "x"}\n', '{"row": "1", "text": "0", "label": "x"}\n'],
)  # fmt: skip
def test_answers_to_other_texts_are_refused(tmp_path, content):
    (tmp_path / "a").write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableFile, match="does not hold answers to these texts"):
        session(tmp_path / "a")
    assert (tmp_path / "a").read_text(encoding="utf-8") == content
