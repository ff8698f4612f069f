"""Arrays of numbers as JSON carries them."""

import base64
from typing import Any

import numpy as np
import numpy.typing as npt


def base64_of(array: npt.NDArray[Any]) -> str:
    """Return the bytes of an array in base64; its dtype says their order, so name one: `<f4`."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
