"""The arrays that all of this room speak of."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
"""float64, of the shape that is said where it is used."""

Classes = npt.NDArray[np.int64]
"""int64, shape (n,): the class of each text, as a place among the classes."""

Rows = npt.NDArray[np.int64]
"""int64, shape (m,): which rows of the samples."""
