"""Why a promise is not kept, by a part of its name; shown only where the run says so.

Written after profiling by hand; they are explanations, not measurements of the run itself.
"""

REASONS: dict[str, str] = {
    "times sentence-transformers": (
        "near: it runs the same matrix products in float32, sorted by length, so that bf16, twice "
        "as fast, is most of what can be won"
    ),
    "inference alone": (
        "linear layers take some 80 % of the time at about 90 % of the peak; attention (6 % of "
        "the time on short texts, 21 % on abstracts) and GELU (5 %) take more time than operations"
    ),
    "text to vectors": (
        "as inference alone; tokenising and packing take another 2 %, batches that are not full "
        "the rest"
    ),
    "100,000 texts": "nearly: buffers of batches that came in many shapes",
}
