"""Units and the type of a quantity. Inside the library: FLOP, byte, second, USD, token; prefixes are decimal."""

from typing import Any, TypeAlias

Numeric: TypeAlias = Any
"""A number, an ndarray, or a labelled xarray.DataArray: formulas use operators and ufuncs, so all three pass."""

BITS_PER_BYTE = 8
FLOPS_PER_MAC = 2
SECONDS_PER_HOUR = 3600
TOKENS_PER_MILLION = 1_000_000
