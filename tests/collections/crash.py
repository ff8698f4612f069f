"""Changes a collection at random and says on standard output what is acknowledged.

    python -m tests.collections.crash FOLDER SEED

Each line is one change that has returned, as JSON: {"add": {id: text}} or {"delete": [id]}. The
line `begin` of a change stands before it, so that a parent which kills this process knows what was
under way.
"""

import json
import random
import sys

from likewise.collections import Collection
from likewise.collections.storage import writer


def say(word: str, change: dict[str, object]) -> None:
    """Write one line that is there even if the process ends now."""
    sys.stdout.write(f"{word} {json.dumps(change)}\n")
    sys.stdout.flush()


def main(folder: str, seed: int) -> None:
    """Change the collection for ever."""
    writer.MOST_SMALL, writer.SMALL_ROWS = 4, 40
    chance = random.Random(seed)
    notes = Collection.open(folder, encoder="sha256")
    ids = [f"id {number}" for number in range(60)]
    while True:
        kind = chance.choice(["add", "add", "add", "delete", "compact"])
        if kind == "add":
            rows = {id_: f"text {chance.random()}" for id_ in chance.sample(ids, 8)}
            say("begin", {"add": rows})
            notes.add(list(rows.values()), ids=list(rows))
            say("done", {"add": rows})
        elif kind == "delete":
            there = notes.ids
            gone = chance.sample(there, min(5, len(there)))
            say("begin", {"delete": gone})
            notes.delete(gone)
            say("done", {"delete": gone})
        else:
            notes.compact()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
