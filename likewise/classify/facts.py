"""What a saved model says about where it comes from."""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from likewise._version import __version__
from likewise.classify.data.labels import Label
from likewise.types import Reading


@dataclass(frozen=True)
class Facts:
    """When, with what and from which data a model was made, and how good it is held to be.

    made: the time, ISO 8601 in UTC. rows: the texts that it learnt from. fingerprint: SHA-256 of
    all texts and answers, in order, so that two people can tell whether they trained on the same
    file. versions: of the software. model: the kind of model, as people read it. reading: how the
    encoder read the texts. estimate: held-out scores of the procedure that made it, with
    `design`, how they came about; None where nothing could be held out. tried: the held-out score
    of each kind of model that it was chosen among.
    """

    made: str
    rows: int
    fingerprint: str
    versions: Mapping[str, str]
    model: str
    reading: Reading = field(default_factory=Reading)
    estimate: Mapping[str, Any] | None = None
    tried: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return {**asdict(self), "tried": [dict(one) for one in self.tried]}

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> "Facts":
        """Return what `to_dict` of this or an earlier version gave.

        Raises:
            TypeError, ValueError: it is something else; its caller knows where it comes from.
        """
        if not isinstance(said, dict):
            raise TypeError("its facts are not a JSON object")
        reading = said.get("reading", {"cut_off": said.get("cut off", 0)})
        old = {**said, "reading": Reading(**reading),
               "estimate": said.get("estimate", said.get("held out")),
               "tried": said.get("tried", said.get("ladder", []))}  # fmt: skip
        made = cls(**{name: old[name] for name in cls.__dataclass_fields__ if name in old})
        for name in ("made", "fingerprint", "model"):
            if not isinstance(getattr(made, name), str):
                raise TypeError(f"its facts have no text for {name}")
        for name, value in {"rows": made.rows, **asdict(made.reading)}.items():
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
                raise TypeError(f"its facts have no count for {name}")
        if not isinstance(made.versions, dict) or not isinstance(made.tried, list):
            raise TypeError("its facts are of another shape")
        if not isinstance(made.estimate, dict | None):
            raise TypeError("its estimate is of another shape")
        return made


def facts_of(
    texts: Sequence[str] | None, answers: Sequence[Label], model: str, reading: Reading
) -> Facts:
    """Return what can be said of a model that is made now."""
    import sklearn

    digest = hashlib.sha256()
    for row, answer in enumerate(answers):
        text = "" if texts is None else texts[row]
        digest.update(json.dumps([text, answer], ensure_ascii=True).encode())
    return Facts(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        rows=len(answers),
        fingerprint=digest.hexdigest(),
        versions={
            "likewise": __version__,
            "scikit-learn": sklearn.__version__,
            "python": platform.python_version(),
        },
        model=model,
        reading=reading,
    )
