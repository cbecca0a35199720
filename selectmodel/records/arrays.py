"""Arrays that no one can change, and what the words for splits, goals and levels are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

Split = Literal["train", "val", "test"]
Goal = Literal["min", "max"]
Level = Literal["note", "warn"]
Severity = Literal["off", "note", "warn", "fail"]
Unit = Literal["share", "percent"]
ScoreKind = Literal["counts", "smooth", "share", "other"]
#: How a validation set differs from the data in use, as its owner says; no log shows it.
Unlike = Literal["noisy labels", "shifted", "resampled"]
# numpy is imported where an array is made: an answer that is remembered is shown without it.
Floats: TypeAlias = "NDArray[np.float64]"
Ints: TypeAlias = "NDArray[np.int64]"
Bools: TypeAlias = "NDArray[np.bool_]"


def frozen(values: ArrayLike, dtype: Any = float) -> NDArray[Any]:
    """(n,) a read-only copy of ``values``, so that no rule can change what another one sees."""
    import numpy as np

    array = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array


def kept(array: NDArray[Any]) -> NDArray[Any]:
    """(n,) the array itself, read-only from now on: its caller has just made it, or it is read-only already."""
    array.setflags(write=False)
    return array
