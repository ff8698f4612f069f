"""Why a promise is not kept, by a part of its name; shown only where the run says so."""

REASONS: dict[str, str] = {}
