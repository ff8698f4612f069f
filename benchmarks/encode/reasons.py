"""Why a promise is not kept, by a part of its name; shown only where the run says so.

Written by hand after profiling one thread by its processor time; what was not found out is said.
"""

REASONS: dict[str, str] = {
    "times sentence-transformers": "near; TRIED.md has what was tried for the rest",
    "inference alone": (
        "80 % of the time goes to linear layers, which run at about 90 % of the peak; attention "
        "and GELU take more of the time (6–21 % and 5 %) than of the operations"
    ),
    "text to vectors": (
        "as inference alone; tokenising and packing are 2 % more; what else is lost differs "
        "from round to round and was not found"
    ),
    "100,000 texts": "near; the C library keeps some of what the engine frees",
}
