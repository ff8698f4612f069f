"""What an error says is a line of characters, whatever stood in the file that it is about."""

import json

from likewise.errors import LikewiseError, UnreadableFile


def test_control_characters_are_spelt():
    error = UnreadableFile("got \x7f\x1b[2J\x9b\r\nmore", "Try\tagain.", param="x")
    assert error.problem == "got \\x7f\\x1b[2J\\x9b  more"
    assert str(error) == f"{error.problem} Try again."
    assert json.dumps(error.problem)
    assert isinstance(error, LikewiseError)
