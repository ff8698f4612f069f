"""What takes a while to import, and waits until it is needed."""

HEAVY = frozenset(
    (
        *("numpy", "openvino", "openTSNE", "fastumap", "sklearn", "scipy", "pyarrow"),
        *("starlette", "pydantic", "rich", "tokenizers", "huggingface_hub", "httpx"),
    )
)
