"""Price books: USD per accelerator-hour, on one basis per book."""

from collections.abc import Iterable
from typing import Annotated

from costmodel.source import AcceleratorSlug, Name, Slug, Text
from costmodel.spec import Field, Rule, Spec

Price = Annotated[
    float,
    Field(
        label="Price",
        unit="USD/h",
        low=1e-6,
        high=10_000,
        whole=False,
        help="Price of one accelerator for one hour in this book.",
    ),
]


class BookPrice(Spec):
    """The price of one accelerator [USD per accelerator-hour], the month it holds for, and where it was read."""

    accelerator: AcceleratorSlug
    usd_per_hour: Price
    as_of: Name
    source: Text


class PriceBook(Spec):
    """Prices on one basis. A ranking that mixes books shows it."""

    id: Slug
    name: Name
    basis: Text
    prices: tuple[BookPrice, ...]

    def rules(self) -> Iterable[Rule]:
        """A book prices at least one accelerator, and none twice."""
        names = [entry.accelerator for entry in self.prices]
        yield Rule(len(names) > 0, "prices must hold at least one accelerator", {})
        yield Rule(len(set(names)) == len(names), "prices must name each accelerator once", {"names": ", ".join(names)})

    def price_of(self, accelerator: str) -> float | None:
        """USD per accelerator-hour of the accelerator with that id; None where the book has none."""
        return next((entry.usd_per_hour for entry in self.prices if entry.accelerator == accelerator), None)
