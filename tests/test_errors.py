"""What an error says is a line of characters, whatever stood in the file that it is about."""

import json

from likewise.errors import LikewiseError, UnreadableFile


def test_control_characters_are_spelt():
    error = UnreadableFile("got \x7f\x1b[2J\x9b\r\nmore", "Try\tagain.", param="x")
    assert error.problem == "got \\x7f\\x1b[2J\\x9b  more"
    assert str(error) == f"{error.problem} Try again."
    assert json.dumps(error.problem)
    halves = UnreadableFile(
        "got a\udcff, \u202eb\u2028\u061c", "Rename it."
    )  # from the names of files
    assert halves.problem == "got a\\udcff, \\u202eb\\u2028\\u061c"
    assert halves.problem.encode()
    assert isinstance(error, LikewiseError)
