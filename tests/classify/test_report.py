import re
import xml.etree.ElementTree as ET
from dataclasses import asdict, replace
from html import escape as html_escape

import numpy as np
import pytest

from likewise import Classifier
from likewise.classify.data.checks import check_table
from likewise.classify.data.columns import Labelled
from likewise.classify.evaluate.curve import (
    TOO_FEW_GROUPS,
    Curve,
    Point,
    advice,
    learning_curve,
)
from likewise.classify.evaluate.metrics import reliability
from likewise.classify.learn.candidates import Samples, Setting
from likewise.classify.report.charts import (
    EDGE,
    SIDE,
    STUB,
    confusion_chart,
    curve_chart,
    reliability_chart,
)
from likewise.classify.report.classes import html
from likewise.classify.report.results import class_results
from likewise.errors import InvalidOption
from tests.classify.conftest import blobs

pytestmark = pytest.mark.usefixtures("few_settings")

EVIL = "<script>alert('x')</script>"


def points(*pairs: tuple[int, float]) -> list[Point]:
    return [Point(n, accuracy, accuracy - 0.01, accuracy + 0.01) for n, accuracy in pairs]


def test_advice_counts_labels_for_one_point():
    # two points a doubling: one point takes 2 ** 0.5 - 1 = 41 % more
    assert advice(points((100, 0.80), (200, 0.82))).endswith("about 83 more labels, or more.")
    assert advice(points((1000, 0.80), (2000, 0.81))).endswith("about 2,000 more labels, or more.")
    assert advice(points((100, 0.8), (200, 0.802))).startswith("Plateau")
    assert advice(points((100, 0.8), (200, 0.7))).startswith("Plateau")
    assert advice(points((2, 0.5))).startswith("A learning curve takes 40 different texts or more")
    assert advice(points((15, 0.5), (30, 0.6))) == advice(points((2, 0.5)))
    assert advice(points((100, 0.98), (200, 1.0))).startswith("Nearly all")


def test_a_learning_curve_rises_on_what_can_be_learnt():
    x, y = blobs(400, 4, spread=1.2)
    found = learning_curve(Samples(x, y, np.arange(400), 4), Setting("embeddings"))
    assert [point.texts for point in found.points] == [40, 80, 160, 320]
    assert found.points[-1].accuracy > found.points[0].accuracy + 0.03
    assert all(point.low <= point.accuracy <= point.high for point in found.points)


def test_a_learning_curve_of_few_texts_has_no_point():
    x, y = blobs(40, 2, spread=0.1)
    found = learning_curve(Samples(x[:39], y[:39], np.arange(39), 2), Setting("embeddings"))
    assert found == Curve((), advice([]))
    enough = learning_curve(Samples(x, y, np.arange(40), 2), Setting("embeddings"))
    assert [point.texts for point in enough.points] == [4, 8, 16, 32]
    # rows count once for each different text; of groups, there must be a fifth to hold out
    twice = Samples(x, y, np.arange(40) // 2, 2)
    assert learning_curve(twice, Setting("embeddings")) == found
    grouped = learning_curve(replace(twice, grouped=True), Setting("embeddings"))
    assert len(grouped.points) == 4
    few = replace(twice, groups=np.arange(40) % 4, grouped=True)
    assert learning_curve(few, Setting("embeddings")) == Curve((), TOO_FEW_GROUPS)


def test_a_learning_curve_over_time_is_tested_on_the_latest_texts():
    """Labels turn round in the last fifth: random parts would not see that nothing is right."""
    x, y = blobs(200, 2, spread=0.1)
    y = np.where(np.arange(200) < 160, y, 1 - y)
    times = np.arange(200.0)
    found = learning_curve(Samples(x, y, np.arange(200), 2, times=times), Setting("embeddings"))
    assert [point.texts for point in found.points] == [20, 40, 80, 160]
    assert found.points[-1].accuracy < 0.1


def test_a_learning_curve_is_of_what_is_answered():
    """With offsets another label than the most probable one is said, in the curve as well."""
    x, y = blobs(60, 2, spread=0.1)
    samples = Samples(x, y, np.arange(60), 2)
    first = np.zeros_like
    found = learning_curve(samples, Setting("embeddings"), decide=lambda s: first(s[:, 0], int))
    assert found.points[-1].accuracy == pytest.approx((y == 0).mean(), abs=0.1)


def test_only_a_fitted_model_knows_its_texts(tmp_path):
    x, y = blobs(60, 2)
    model = Classifier(candidates=["embeddings"]).fit(x, y)
    model.save(tmp_path / "m.likewise")
    loaded = Classifier.load(tmp_path / "m.likewise")
    for job in (loaded.audit, loaded.curve):
        with pytest.raises(InvalidOption, match="A loaded model can't"):
            job()


def test_charts_are_whole_and_say_what_they_show():
    probabilities = np.random.default_rng(0).dirichlet([1, 1, 1], 90)
    y = np.arange(90) % 3
    bins = [
        {"count": count, "confidence": sure, "accuracy": right}
        for count, sure, right in reliability(probabilities, y).tolist()
    ]
    table = np.array([[5, 1, 0], [2, 7, 0], [0, 0, 9]])
    for chart in (
        reliability_chart(bins),
        curve_chart([asdict(point) for point in points((10, 0.5), (20, 0.7))]),
        confusion_chart(table, ["a", EVIL, "a & b"]),
    ):
        root = ET.fromstring(chart)
        assert root.tag == "svg"
        assert root.attrib["role"] == "img"
        assert len(root.findtext("title") or "") > 10
    middles = ET.fromstring(curve_chart([asdict(point) for point in points((10, 0.5), (20, 0.7))]))
    wrong = ET.fromstring(reliability_chart([{"count": 3, "confidence": 0.7, "accuracy": 0.0}]))
    assert [float(one.attrib["height"]) for one in wrong.iter("rect")] == [STUB]
    places = [float(one.attrib["cx"]) for one in middles.iter("circle")]
    assert EDGE + 4 < places[0] < places[1] < SIDE - EDGE - 4  # on no axis, on no name
    cells = re.findall(r"<title>([^<]*): (\d+)</title>", confusion_chart(table, ["a", "b", "c"]))
    assert [int(count) for _, count in cells] == table.ravel().tolist()


def test_the_report_escapes_and_needs_nothing_from_outside():
    texts = [f"{EVIL} good {index}" for index in range(20)] + [
        f"bad {index}" for index in range(20)
    ]
    labels = [EVIL] * 20 + ["plain"] * 20
    labels[3] = "plain"
    data = Labelled(texts, labels, "text", "label")
    model = Classifier("sha256", candidates=["embeddings", "words"]).fit(texts, labels)
    board = model.leaderboard()
    page = html(class_results(model, data, check_table(texts, labels), board, model.curve()))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "default-src 'none'" in page
    suspects = page.partition("Suspicious labels")[2]
    row = re.search(r"<tr><td class=n>(\d+)</td><td>(.*?)</td><td>(.*?)</td>", suspects)
    assert row.groups() == ("4", "plain", html_escape(EVIL))  # the label that was turned
    confused = page.partition("Most confused")[2].partition("Suspicious labels")[0]
    assert re.search(r"<td>plain</td><td>.*?</td><td class=n>1</td>", confused)
    assert "good 3" in confused
    assert model.curve().advice in page
    assert all(f">{heading}</h2>" in page for heading in ("How sure, how right", "Labels"))
    for entry in board.entries:
        assert f"{100 * entry.scores.accuracy:.1f} %" in page
        assert entry.name in page
