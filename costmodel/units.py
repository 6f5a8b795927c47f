"""Units and the type of a quantity. Inside the library: FLOP, byte, second, USD, token; prefixes are decimal."""

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from xarray import DataArray

    # A number, an ndarray, or a labelled array: formulas use operators and ufuncs, so all three pass.
    Numeric: TypeAlias = float | NDArray[Any] | DataArray
    Array: TypeAlias = NDArray[Any] | DataArray
else:
    # xarray takes longer to import than a cost takes to compute.
    Numeric = Array = Any

BITS_PER_BYTE = 8
FLOPS_PER_MAC = 2
SECONDS_PER_HOUR = 3600
TOKENS_PER_MILLION = 1_000_000


def percent(share: float, decimals: int = 0) -> str:
    """Text of a share in percent.

    >>> percent(0.129, 1)
    '12.9 %'
    """
    return f"{share * 100:.{decimals}f} %"
