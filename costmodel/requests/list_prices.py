"""List prices of providers per million tokens, dated, from presets/prices/list/."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import StringConstraints

from costmodel.errors import DomainError, Problem, UnknownNameError, quote
from costmodel.io.presets import find, names, read
from costmodel.model import Model
from costmodel.requests.hours import Window, share_of_week
from costmodel.requests.price import Margin, RequestPrice
from costmodel.source import Name, Slug, Text
from costmodel.spec import Choice, Field, Rule, Spec
from costmodel.units import TOKENS_PER_MILLION, Numeric

FOLDER = "prices/list"


def _usd(kind: str, *, optional: bool = False) -> Field:
    return Field(
        label=f"{kind} price",
        unit="USD per 1M tokens",
        low=0,
        high=10_000,
        whole=False,
        optional=optional,
        help=f"List price of a million {kind.lower()} tokens." + (" Empty: not offered." if optional else ""),
    )


Usd = Annotated[float, _usd("Input")]
CachedUsd = Annotated[float | None, _usd("Cached input", optional=True)]
OutputUsd = Annotated[float, _usd("Output")]
Day = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?$")]
Provenance = Annotated[
    Literal["verbatim", "secondary"],
    Choice(
        "Provenance", "verbatim: read on the provider's page. secondary: a third party's.", ("verbatim", "secondary")
    ),
]


class ListPrice(Spec):
    """Price of one model at one provider [USD per 1M tokens], its validity and its source.

    `hours` are UTC windows of the week; with `outside_hours` it holds at all other times. Dates are days or months.
    """

    model: Slug
    provider: Name
    served_as: Name
    usd_per_million_input: Usd
    usd_per_million_cached: CachedUsd = None
    usd_per_million_output: OutputUsd
    tier: Name = "standard"
    hours: tuple[Name, ...] = ()
    outside_hours: bool = False
    valid_from: Day | None = None
    valid_until: Day | None = None
    read_on: Day
    source: Text
    provenance: Provenance = "verbatim"
    note: Annotated[str, StringConstraints(max_length=400)] = ""

    def rules(self) -> Iterable[Rule]:
        """Hours are windows, and a price ends after it begins."""
        for text in self.hours:
            yield Rule(_is_window(text), 'hours must be like "16:30-00:30" or "Mon-Fri 01:00-04:00"', {"hours": text})
        if self.valid_from is not None and self.valid_until is not None:
            values = {"valid_from": self.valid_from, "valid_until": self.valid_until}
            yield Rule(self.valid_from < self.valid_until, "valid_from must be before valid_until", values)

    @property
    def _windows(self) -> tuple[Window, ...]:
        return tuple(Window.read(text) for text in self.hours)

    @property
    def share_of_week(self) -> float:
        """Share of the week's minutes in which it holds."""
        if not self.hours:
            return 1.0
        inside = share_of_week(self._windows)
        return 1 - inside if self.outside_hours else inside

    def holds_at(self, minute_of_week: int) -> bool:
        """True where it holds in that minute, counted from Monday 00:00 UTC."""
        inside = any(window.covers(minute_of_week) for window in self._windows)
        return not self.hours or inside != self.outside_hours

    def holds_on(self, day: str) -> bool:
        """True where it holds on that day, as YYYY-MM-DD; a date without a day covers its whole month."""
        begins = self.valid_from is None or day[: len(self.valid_from)] >= self.valid_from
        return begins and (self.valid_until is None or day[: len(self.valid_until)] < self.valid_until)

    def revenue(self, prompt: Numeric, cached: Numeric, output: Numeric) -> Numeric:
        """Price of a request [USD]; cached tokens pay the input price where no other is offered."""
        hit = self.usd_per_million_input if self.usd_per_million_cached is None else self.usd_per_million_cached
        usd = (prompt - cached) * self.usd_per_million_input + cached * hit + output * self.usd_per_million_output
        return usd / TOKENS_PER_MILLION

    def margin(self, request: RequestPrice) -> Margin:
        """Revenue at the list price against the reservation cost of a request, at the utilization it states."""
        return Margin(self.revenue(request.prompt, request.cached, request.output), request.reservation_usd)


class PriceList(Spec):
    """The list prices of one provider."""

    id: Slug
    prices: tuple[ListPrice, ...]


def list_prices(model: Model | str, *, day: str | None = None) -> tuple[ListPrice, ...]:
    """Every list price of that model, or those that hold on a `day` (YYYY-MM-DD); never one of another model.

    UnknownNameError where no price of it is known, DomainError where none holds on that day.

    >>> [price.usd_per_million_output for price in list_prices("step-3")]
    [1.42, 0.556]
    """
    name = model if isinstance(model, str) else model.id
    prices = tuple(price for price in _all() if price.model == name)
    if not prices:
        raise UnknownNameError("list price of model", name, priced_models())
    if day is None:
        return prices
    _check_day(day)
    holding = tuple(price for price in prices if price.holds_on(day))
    if not holding:
        raise DomainError(Problem("day", f"no list price of {name} is known for {quote(day)}"))
    return holding


def priced_models() -> tuple[str, ...]:
    """Names of the models that have a list price, sorted."""
    return tuple(sorted({price.model for price in _all()}))


@lru_cache(maxsize=1)
def _all() -> tuple[ListPrice, ...]:
    return tuple(price for name in names(FOLDER) for price in read(PriceList, find(FOLDER, name)).prices)


def _is_window(text: str) -> bool:
    try:
        Window.read(text)
    except DomainError:
        return False
    return True


def _check_day(day: str) -> None:
    """A day, not a month: a price may change within one."""
    try:
        date.fromisoformat(day)
    except ValueError:
        raise DomainError(Problem("day", f"{quote(day)} is not allowed; must be a day as YYYY-MM-DD")) from None
