"""What a saved model says about where it comes from."""

import hashlib
import json
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from likewise.classify.data.checks import Label


def about(texts: Sequence[str] | None, answers: Sequence[Label]) -> dict[str, Any]:
    """Return when, with what and from which data a model was made.

    The fingerprint is the SHA-256 of all texts and answers, in order, so that two people can
    tell whether they trained on the same file.
    """
    import sklearn

    import likewise

    digest = hashlib.sha256()
    for row, answer in enumerate(answers):
        text = "" if texts is None else texts[row]
        digest.update(json.dumps([text, answer], ensure_ascii=True).encode())
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": len(answers),
        "fingerprint": digest.hexdigest(),
        "versions": {
            "likewise": likewise.__version__,
            "scikit-learn": sklearn.__version__,
            "python": platform.python_version(),
        },
    }
