"""What schemathesis is told of this server, beside its description: names, and the one error."""

import os
import zlib

import schemathesis

MODEL, TABLE, COLLECTION, LAYOUT = "feelings", "moods", "texts", "pca"

THERE = {
    "name": ["sha256"],
    "model": [MODEL],
    "table": [TABLE],
    "training": [os.environ.get("FUZZED_TRAINING", "")],
    "collection": [COLLECTION],
    "layout": [LAYOUT],
    "part": ["points", "kept", "level-0", "level-9999999999"],
    "column": ["mood", "text", "id"],
}
"""What paths can name here."""


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Name what there is in half of the paths; but what there is stays."""
    if not path_parameters or context.operation.method.lower() == "delete":
        return path_parameters
    drawn = zlib.crc32(repr(path_parameters).encode("utf-8", "surrogatepass"))
    if drawn % 2:
        return path_parameters
    there = {n: THERE[n][drawn // 2 % len(THERE[n])] for n in path_parameters if n in THERE}
    return {**path_parameters, **there}


@schemathesis.check
def no_defect(context, response, case):
    """Of what may go wrong in a server there is nothing but what it can say: it is too busy."""
    assert response.status_code < 500 or response.status_code == 503, "a defect"


@schemathesis.check
def one_shape_of_errors(context, response, case):
    """An error has a sentence on what was wrong and one on what to do, and does not grow."""
    if response.status_code < 400:
        return
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code", "problem", "remedy"}
    assert all((error["problem"], error["remedy"])), "an error without its sentences"
    assert len(response.content) < 4_000, "an error grows with its request"
