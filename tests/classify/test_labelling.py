import numpy as np
import pytest

from likewise.classify.label.answer_log import AnswerLog, locked
from likewise.classify.label.answered import AnsweredTable
from likewise.classify.label.session import Labelling
from likewise.encoders import load
from likewise.errors import InvalidText, UnreadableFile, UnwritableFile
from likewise.files.read import open_table
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


class FullDisk:
    """A file of which only a part is written before the disk is full."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def __getattr__(self, name):
        return getattr(self.file, name)

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        self.file.close()

    def write(self, data):
        self.file.write(data[: self.room])
        self.file.flush()
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("room", [0, 1, 20])
def test_a_disk_that_was_full_for_a_moment(tmp_path, monkeypatch, room):
    path = tmp_path / "a"
    labelling = session(path)
    asked = label(labelling, 4)
    opened = type(path).open

    def full(self, mode="r", *rest, **named):
        file = opened(self, mode, *rest, **named)
        return FullDisk(file, room) if "a" in mode else file

    row, _ = labelling.next()
    with monkeypatch.context() as patched:
        patched.setattr(type(path), "open", full)
        for _ in range(2):
            with pytest.raises(UnwritableFile):
                labelling.answer(row, "never kept")
    assert row not in labelling.log.answers
    assert session(path).log.answers == {row: truth(row) for row in asked}  # also if it ends here
    more = label(labelling, 3)
    again = session(path)
    assert again.log.order == [*asked, *more]
    assert again.log.damaged == 0


@pytest.mark.parametrize(
    "line", [b'{"row":78,"text":"0","label":"good"{"row":3,"label":"bad"}', b"\xff\xfe", b"{", b""]
)
def test_a_damaged_line_is_passed_over(tmp_path, line):
    path = tmp_path / "a"
    asked = label(session(path), 6)
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([*lines[:3], line, *lines[3:]]) + b"\n")
    again = session(path)
    assert again.log.order == asked
    assert again.log.damaged == 1
    label(again, 1)
    assert len(session(path).log.order) == 7


def test_one_answer_is_for_all_equal_texts(tmp_path):
    texts = ["Refund please", "refund  please", "Hello", "Refund please ", "Bye"]
    vectors, _ = blobs(5, 2, dims=256)
    labelling = Labelling(AnswerLog(tmp_path / "a", texts), load("sha256"), vectors)
    asked = []
    while (found := labelling.next()) is not None:
        asked.append(found[0])
        labelling.answer(found[0], "money" if "efund" in texts[found[0]] else "else")
    assert len(asked) == 3
    assert labelling.log.labelled() == {0: "money", 1: "money", 2: "else", 3: "money", 4: "else"}
    again = AnswerLog(tmp_path / "a", texts)
    assert again.labelled() == labelling.log.labelled()
    again.erase(1)  # by hand, in the table
    assert again.label_of(1) is None
    assert again.label_of(3) == "money"
    assert AnswerLog(tmp_path / "a", texts).label_of(1) is None
    again.answer(1, "other")
    assert [again.label_of(row) for row in (0, 1, 3)].count("other") >= 1


def test_one_process_labels_at_a_time(tmp_path):
    path = tmp_path / "a"
    with locked(path):
        with pytest.raises(UnwritableFile, match="Another process is labelling into"), locked(path):
            pass
        assert [file.name for file in tmp_path.iterdir()] == [".a.lock"]
    assert list(tmp_path.iterdir()) == []
    with locked(path):
        pass


def test_a_table_that_somebody_saves_while_it_is_written_is_kept(tmp_path, monkeypatch):
    (tmp_path / "texts.csv").write_text("text\nyes\nno\n")
    log = AnswerLog(tmp_path / "log", ["yes", "no"])
    table = open_table(tmp_path / "texts.csv", columns=True)
    answered = AnsweredTable(tmp_path / "out.csv", table, "text", log)
    log.answer(0, "good")
    assert answered.write() == (True, None)
    rows = answered._labelled

    def meanwhile():
        answered.path.write_text("theirs")
        return rows()

    monkeypatch.setattr(answered, "_labelled", meanwhile)
    log.answer(1, "bad")
    written, older = answered.write()
    assert written
    assert older is not None
    assert older.read_text() == "theirs"
    assert answered.path.read_text() == "text,label\nyes,good\nno,bad\n"
