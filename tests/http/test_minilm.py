"""The page's first sight on the real model."""

import httpx

from likewise.server.app import create_app
from likewise.server.workbench.opening import OPENING_TEXTS
from tests.http.serving import make_settings, serving


def test_the_two_that_love_cats_are_most_alike(tmp_path):
    app = create_app(make_settings(tmp_path, encoder="minilm"), page=tmp_path)
    with serving(app) as url:
        answer = httpx.post(f"{url}/api/compare", json={"texts": OPENING_TEXTS}, timeout=60).json()
        contrast = httpx.post(
            f"{url}/api/compare", json={"texts": OPENING_TEXTS, "encoder": "sha256"}, timeout=60
        ).json()
        listed = httpx.get(f"{url}/api/encoders").json()
    assert answer["encoder"]["name"] == "minilm"
    assert answer["best"] == [1]
    assert answer["texts"][1]["similarity"] > 0.6
    assert answer["texts"][1]["similarity"] > answer["texts"][3]["similarity"] + 0.2
    assert answer["texts"][1]["percentile"] > 99
    assert answer["runtime"]["parity"] > 0.999
    assert max(abs(text["similarity"]) for text in contrast["texts"][1:]) < 0.3
    assert all(encoder["ready"] for encoder in listed["encoders"])


def test_why_divides_the_similarity_among_the_words(tmp_path):
    body = {"one": "The bank was not open.", "other": "They closed the bank early, at two."}
    app = create_app(make_settings(tmp_path, encoder="minilm"), page=tmp_path)
    with serving(app) as url:
        answer = httpx.post(f"{url}/api/why", json=body, timeout=60).json()
        contrast = httpx.post(f"{url}/api/why", json=body | {"encoder": "sha256"}).json()
    for words, rest in zip(answer["words"], answer["shares"], strict=True):
        total = sum(word["share"] for word in words) + sum(rest.values())
        assert abs(total - answer["similarity"]) < 1e-6
        assert abs(rest["rounding"]) < 1e-5
        assert min(abs(rest["special"]), abs(rest["between"])) > 1e-3
    assert contrast["shares"] is None
    assert all(word["share"] is None for side in contrast["words"] for word in side)
