"""A request beside the list prices of its model, at the utilization that it states."""

from typing import NamedTuple

from costmodel.errors import UnknownNameError
from costmodel.fleets.request import Request
from costmodel.model import Model
from costmodel.requests.list_prices import ListPrice, list_prices
from costmodel.requests.price import Margin


class Offer(NamedTuple):
    """A list price with what a request pays at it, and the margin over the reservation cost."""

    price: ListPrice
    margin: Margin

    @property
    def usd(self) -> float:
        """Price of the request [USD]."""
        return float(self.margin.revenue)

    @property
    def words(self) -> str:
        """Provider, tier, and the hours in which it holds."""
        hours = ", ".join(self.price.hours)
        when = f", {'outside ' if self.price.outside_hours else ''}{hours} UTC" if hours else ""
        return f"{self.price.provider}, {self.price.tier}{when}"

    @property
    def dates(self) -> str:
        """Validity and the day on which it was read."""
        begins, ends = self.price.valid_from, self.price.valid_until
        held = " ".join(filter(None, (begins and f"from {begins}", ends and f"until {ends}")))
        return ", ".join(filter(None, (held, f"read {self.price.read_on}")))


def market(model: Model, request: Request) -> tuple[Offer, ...]:
    """Every list price of the model, cheapest for this request first; empty where none is known, never a neighbour's.

    >>> import costmodel as cm
    >>> asked = cm.Scenario(model="deepseek-v3", accelerators=["h800"], workload=cm.Workload(context=8192))
    >>> offers = market(asked.model, cm.request(asked))
    >>> offers[0].usd <= offers[-1].usd
    True
    """
    try:
        prices = list_prices(model)
    except UnknownNameError:
        return ()
    offers = [Offer(price, price.margin(request.price)) for price in prices]
    return tuple(sorted(offers, key=lambda offer: offer.usd))
