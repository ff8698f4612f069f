"""The public names, the error tree, and what the documents promise."""

import inspect
import re
from pathlib import Path

import pytest

import likewise
from likewise import errors

ROOT = Path(__file__).resolve().parents[2]


PUBLIC = [
    *("Classifier", "Collection", "Comparison", "Map", "MultiLabelClassifier", "Regressor"),
    *("__version__", "compare", "errors", "load"),
]
"""A promise: a name that is taken away here breaks somebody's program."""


def test_public_names_can_be_had():
    assert likewise.__all__ == PUBLIC
    for name in likewise.__all__:
        assert getattr(likewise, name) is not None
    assert set(likewise.__all__) <= set(dir(likewise))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nonesuch'"):
        likewise.nonesuch  # noqa: B018


def test_version_is_that_of_the_project():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{likewise.__version__}"' in project
    assert f"## {likewise.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_what_a_version_brings_is_read_in_a_few_minutes():
    _, *versions = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")
    assert max(len(version.splitlines()) for version in versions) < 250


CLASSES = [
    value
    for _, value in inspect.getmembers(errors, inspect.isclass)
    if issubclass(value, errors.LikewiseError)
]


WORDING = {"counted", "is_failure", "lower_first", "shown", "shown_setting"}
"""What messages are put together with."""


def test_the_error_tree_is_as_it_is_drawn():
    drawn = re.findall(r"^[│├└─ ]*(\w+)", errors.__doc__.partition("\n\n")[2], re.MULTILINE)
    names = {cls.__name__ for cls in CLASSES}
    assert names <= set(drawn)
    assert set(errors.__all__) == names | WORDING
    assert errors.__all__ == sorted(errors.__all__, key=lambda name: (name[0].islower(), name))


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_each_error_knows_its_status_and_exit_code(cls):
    assert 400 <= cls.status <= 599
    assert 1 <= cls.exit_code <= 5
    assert cls.__doc__


def test_an_error_says_what_was_wrong_and_what_to_do():
    error = errors.InvalidOption("It was 7.", "Make it 6.", param="it")
    assert str(error) == "It was 7. Make it 6."
    assert (error.problem, error.remedy, error.param) == ("It was 7.", "Make it 6.", "it")


def test_public_things_are_documented():
    for name in set(PUBLIC) - {"__version__"}:
        assert inspect.getdoc(getattr(likewise, name))
