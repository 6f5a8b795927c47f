"""Lookup tables of a layer: stored, read row by row, never multiplied.

Per-layer embeddings (Gemma 3n, the E models of Gemma 4) have one row per token id and layer; n-gram tables (Engram,
arXiv 2601.07372) one row per hashed run of tokens.
"""

from typing import Annotated, Literal

from costmodel.mechanism import Mechanism
from costmodel.spec import Choice, Field
from costmodel.units import BITS_PER_BYTE, Numeric

TableRows = Annotated[
    int,
    Field(
        label="Table rows",
        unit="rows",
        low=0,
        high=10_000_000_000,
        help="Rows of the table of one layer; 0: no table.",
    ),
]
TableWidth = Annotated[
    int,
    Field(label="Table width", unit="elements", low=0, high=1_000_000, help="Width P of one row of the table."),
]
TableReads = Annotated[
    int,
    Field(label="Table reads", unit="rows", low=1, high=1024, help="Rows that one token looks up in one layer."),
]
TableBits = Annotated[
    int,
    Field(
        label="Table bits", unit="bit", low=4, high=32, choices=(4, 8, 16, 32), help="Bits stored per table element."
    ),
]
TablePlace = Annotated[
    Literal["accelerator", "host"],
    Choice(
        label="Table memory",
        choices=("accelerator", "host"),
        help="host: the table takes no memory of the accelerators, and its reads no bandwidth of theirs.",
        rare=True,
    ),
]
TableProjections = Annotated[
    Literal["none", "gated"],
    Choice(
        label="Table projections",
        choices=("none", "gated"),
        help="gated: a row is mixed with a projection of hidden, gated, and projected back, 3 H P weights (Gemma 3n).",
        rare=True,
    ),
]

TABLE_MATRICES = 3
"""Projection of hidden to the row's width, gate, and projection back."""


class WithTable(Mechanism):
    """A layer that may look up a table besides its own work."""

    table_rows: TableRows = 0
    table_width: TableWidth = 0
    table_reads: TableReads = 1
    table_bits: TableBits = 16
    table_place: TablePlace = "accelerator"
    table_projections: TableProjections = "none"

    def table_parameters(self) -> Numeric:
        """Elements of the table of one layer: counted in the total, never active."""
        return self.table_rows * self.table_width

    def table_bytes(self) -> Numeric:
        """The table of one layer in the memory of the accelerators [byte]."""
        return self.table_parameters() * self.table_bits / BITS_PER_BYTE * (self.table_place == "accelerator")

    def table_read_bytes(self) -> Numeric:
        """Rows that one token reads from the memory of the accelerators in one layer [byte]."""
        row = self.table_width * self.table_bits / BITS_PER_BYTE * (self.table_rows > 0)
        return self.table_reads * row * (self.table_place == "accelerator")

    def table_projection_parameters(self, hidden: Numeric) -> Numeric:
        """3 H P, or none: weights that every token is multiplied with."""
        return TABLE_MATRICES * hidden * self.table_width * (self.table_projections == "gated")
