"""Names that no file can have, and links that lead nowhere, wherever a file is named."""

import pytest

from tests.cli.test_train import write_moods

LONG = "y" * 300
DEEP = "/".join(["y" * 200] * 30)
LINES = [
    ("embed", "{}", "-o", "x.npy", "-e", "sha256"),
    ("embed", "t.txt", "-o", "{}.npy", "-e", "sha256"),
    ("embed", "t.txt", "-o", "{}", "--output-format", "csv", "-e", "sha256"),
    ("embed", "t.txt", "-o", "x.npy", "-e", "{}"),
    ("embed", "t.txt", "-o", "x.npy", "-e", "./{}"),
    ("look", "{}.csv"),
    ("compare", "-f", "{}", "-e", "sha256"),
    ("compare", "a", "b", "-e", "{}"),
    ("compare", "a", "b", "-e", "~{}/model"),
    ("train", "{}.csv", "-o", "m.likewise", "-e", "sha256"),
    ("train", "a.csv", "-o", "{}", "-e", "sha256"),
    ("train", "a.csv", "-o", "m.likewise", "--test", "{}", "-e", "sha256"),
    ("train", "a.csv", "-o", "m.likewise", "--report", "{}", "-e", "sha256"),
    ("train", "a.csv", "-o", "m.likewise", "--audit", "{}", "-e", "sha256"),
    ("predict", "{}.likewise", "t.txt"),
    ("predict", "m.likewise", "{}", "-o", "{}"),
    ("label", "{}.csv", "-o", "l.csv", "-e", "sha256"),
    ("label", "a.csv", "-o", "{}.csv", "-e", "sha256"),
    ("export", "{}", "--onnx"),
    ("add", "{}", "t.txt", "-e", "sha256"),
    ("add", "./{}", "t.txt", "-e", "sha256"),
    ("add", "notes", "{}", "-e", "sha256"),
    ("search", "{}", "a"),
    ("search", "./{}", "a"),
    ("duplicates", "{}"),
    ("map", "{}"),
    ("map", "./{}"),
    ("collections", "verify", "{}"),
    ("models", "fetch", "{}"),
    ("serve", "-e", "{}", "--port", "0"),
    ("scale", "plan", "{}", "out", "-e", "sha256", "--no-sample"),
    ("scale", "plan", "a.csv", "{}", "-e", "sha256", "--no-sample"),
    ("scale", "plan", "a.csv", "out", "-e", "sha256", "--no-sample", "--id-column", "{}"),
    ("scale", "plan", "a.csv", "out", "-e", "sha256", "--no-sample", "--separator", "{}"),
    ("scale", "plan", "a.csv", "out", "-e", "sha256", "--no-sample", "--sheet", "{}"),
    ("scale", "embed", "{}"),
    ("open", "{}"),
]


@pytest.mark.parametrize("arguments", LINES, ids=" ".join)
def test_a_name_that_can_not_be_is_one_sentence(cli, tmp_path, arguments):
    write_moods(tmp_path / "a.csv")
    (tmp_path / "t.txt").write_text("a\nb\n")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("gone/away")
    env = {"LIKEWISE_COLLECTIONS": str(tmp_path / "kept")}
    for name in (LONG, DEEP, "loop", "dangling", "", "\udcff"):
        ran = cli(*(part.replace("{}", name) for part in arguments), env=env)
        assert ran.code in (0, 2, 3, 4, 5), (name[:20], ran.err[-300:])
        assert "Traceback" not in ran.err
        assert len(ran.err) < 10_000
