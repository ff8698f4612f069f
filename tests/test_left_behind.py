"""The check at the end of a run sees what a test leaves behind."""

import tempfile
from pathlib import Path

from likewise.settings import settings
from tests.left_behind import left_behind, listing


def test_each_place_is_looked_at(tmp_path):
    for name in ("project/src", "project/.pytest_cache", "home", "tmp"):
        (tmp_path / name).mkdir(parents=True)
    root, home, temporary = (tmp_path / name for name in ("project", "home", "tmp"))
    before = listing(root)
    (root / ".pytest_cache" / "a").touch()
    assert left_behind(before, home, temporary, root) == []
    new = [root / "src" / "out.npy", home / "likewise", temporary / "tmp123"]
    for path in new:
        path.touch()
    assert left_behind(before, home, temporary, root) == sorted(map(str, new))


def test_these_tests_have_folders_of_their_own(own_folders):
    assert settings().cache == own_folders / "cache"
    assert Path(tempfile.gettempdir()) == own_folders / "tmp"
