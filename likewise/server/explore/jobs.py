"""Jobs on collections: how far each is, what there is to see of it, and what became of it."""

from dataclasses import dataclass
from typing import Any

from likewise.collections.adding.adding import Added
from likewise.collections.adding.sources import TableSource
from likewise.errors import shown
from likewise.files.oddities import oddities
from likewise.files.places import Locate, begun, row_alone
from likewise.maps.layouts import Points
from likewise.server.jobs import Job
from likewise.server.sent_files import for_visitors
from likewise.types import Identity


@dataclass(eq=False)
class ExploreOutcome:
    """What came of a job: sentences for the person who started it."""

    notes: list[str]


class ExploreJob(Job[ExploreOutcome]):
    """A job that can be looked at while it draws.

    pictures: how many there were so far.
    picture: the latest: where each text lies.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.pictures = 0
        self.picture: Points | None = None

    def show(self, points: Points) -> None:
        """Take a picture of what is being drawn."""
        self.picture = points
        self.pictures += 1


def told(added: Added, identity: Identity, place: Locate = row_alone) -> list[str]:
    """Return what became of texts that were added, a sentence each; `place` names their rows."""
    notes = [f"{added.new:,} texts added, {added.updated:,} changed, {added.unchanged:,} known."]
    if identity.prefix:
        notes.append(f"{shown(identity.prefix)} is put before each text.")
    notes += added.reading.notes(identity)
    notes += [f"{begun(place(row))} was left out: {why}" for row, why in added.left_out[:10]]
    if len(added.left_out) > 10:
        notes.append(f"{len(added.left_out) - 10:,} more rows were left out.")
    return notes


def found_out(source: TableSource) -> list[str]:
    """Return what was decided and met since the visitor who sent the table was told of it."""
    before = {*source.table.notes, *oddities(source.table)}
    said = [*source.notes, *source.oddities()]
    return [for_visitors(one) for one in said if one not in before]


def status(key: str, job: ExploreJob) -> dict[str, Any]:
    """Return how a job is, ready for JSON."""
    notes = job.outcome("job").notes if job.state == "done" else []
    return {"id": key, **job.status(), "pictures": job.pictures, "notes": notes}
