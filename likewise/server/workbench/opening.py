"""The comparison that the page opens with."""

from collections.abc import Awaitable, Callable
from typing import Any

OPENING_TEXTS = (
    "I love cats.",
    "Felines are my favourite animals.",
    "A cat sleeps for around fifteen hours a day.",
    "The Unix command cat prints files one after another.",
)
"""What the page opens with: two say the same in other words, two share only the word."""

Opening = Callable[[], Awaitable[dict[str, Any]]]
"""Gives the opening comparison, or the envelope of the error that prevents it."""
