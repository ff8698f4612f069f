"""HTTP: the page, the workbench behind it, and what other programs call."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from likewise.server.app import create_app
    from likewise.server.process import for_owner, leave, run

__all__ = ["create_app", "for_owner", "leave", "run"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  # the web framework loads when it is used
    if name == "create_app":
        from likewise.server.app import create_app

        return create_app
    if name in ("for_owner", "leave", "run"):
        from likewise.server import process

        return getattr(process, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
