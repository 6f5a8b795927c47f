"""Published days of real services: tokens and rates per server give the servers and the bill, beside those printed."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated

from costmodel.io.presets import find, load_accelerator, names, read
from costmodel.requests.list_prices import ListPrice
from costmodel.requests.price import Margin
from costmodel.source import Name, Slug, Source
from costmodel.spec import Field, Rule, Spec
from costmodel.units import TOKENS_PER_MILLION

FOLDER = "fleets"
SECONDS_PER_DAY = 86_400
HOURS_PER_DAY = 24


def _tokens(what: str, low: float = 0) -> Field:
    return Field(
        label=f"{what} tokens", unit="tokens/day", low=low, high=1e18, whole=False, help=f"{what} tokens a day."
    )


def _rate(pool: str) -> Field:
    return Field(
        label=f"{pool} rate",
        unit="tokens/s",
        low=1e-3,
        high=1e9,
        whole=False,
        help=f"Tokens per second of one {pool.lower()} server.",
    )


InputTokens = Annotated[float, _tokens("Input", 1)]
CachedTokens = Annotated[float, _tokens("Cached input")]
OutputTokens = Annotated[float, _tokens("Output", 1)]
PrefillRate = Annotated[float, _rate("Prefill")]
DecodeRate = Annotated[float, _rate("Decode")]
Price = Annotated[
    float,
    Field(
        label="Price", unit="USD/h", low=1e-6, high=10_000, whole=False, help="Price of one accelerator for one hour."
    ),
]
Servers = Annotated[
    float, Field(label="Servers", unit="servers", low=0, high=1e9, whole=False, help="Servers as published.")
]
Usd = Annotated[float, Field(label="Bill", unit="USD/day", low=0, high=1e12, whole=False, help="Bill as published.")]


class PublishedDay(Spec):
    """One day of a service. Cached tokens are part of the input; the prefill rate counts them as processed."""

    id: Slug
    name: Name
    model: Slug
    accelerator: Slug
    input_tokens_per_day: InputTokens
    cached_tokens_per_day: CachedTokens
    output_tokens_per_day: OutputTokens
    prefill_tokens_per_second: PrefillRate
    decode_tokens_per_second: DecodeRate
    usd_per_hour: Price
    published_servers: Servers
    published_peak_servers: Servers
    published_usd_per_day: Usd
    sources: tuple[Source, ...]

    def rules(self) -> Iterable[Rule]:
        """Some input is computed."""
        values = {"cached": self.cached_tokens_per_day, "input": self.input_tokens_per_day}
        yield Rule(self.cached_tokens_per_day < self.input_tokens_per_day, "cached tokens must be below input", values)

    @property
    def missed_tokens_per_day(self) -> float:
        """Input tokens that are computed."""
        return self.input_tokens_per_day - self.cached_tokens_per_day

    @property
    def hit_rate(self) -> float:
        """Share of input tokens found in the cache."""
        return self.cached_tokens_per_day / self.input_tokens_per_day

    @property
    def prefill_servers(self) -> float:
        """Mean servers of the prefill pool."""
        return self.input_tokens_per_day / SECONDS_PER_DAY / self.prefill_tokens_per_second

    @property
    def decode_servers(self) -> float:
        """Mean servers of the decode pool."""
        return self.output_tokens_per_day / SECONDS_PER_DAY / self.decode_tokens_per_second

    @property
    def servers(self) -> float:
        """Mean servers of both pools."""
        return self.prefill_servers + self.decode_servers

    @property
    def utilization(self) -> float:
        """Mean servers over those of the peak hour: what a fleet that never shrinks would be in use."""
        return self.published_servers / self.published_peak_servers

    def usd_of(self, servers: float) -> float:
        """Bill of that many servers for the day [USD]."""
        each = load_accelerator(self.accelerator).accelerators_per_server
        return servers * each * self.usd_per_hour * HOURS_PER_DAY

    @property
    def usd_per_day(self) -> float:
        """Bill of both pools [USD/day]."""
        return self.usd_of(self.servers)

    @property
    def usd_per_million_input(self) -> float:
        """USD per 1M computed input tokens: the whole prefill pool is charged to them."""
        return self.usd_of(self.prefill_servers) / self.missed_tokens_per_day * TOKENS_PER_MILLION

    @property
    def usd_per_million_cached(self) -> float:
        """USD per 1M cached input tokens: none, because storage is not in the published bill."""
        return 0.0

    @property
    def usd_per_million_output(self) -> float:
        """USD per 1M output tokens."""
        return self.usd_of(self.decode_servers) / self.output_tokens_per_day * TOKENS_PER_MILLION

    def margin(self, price: ListPrice) -> Margin:
        """All tokens of the day at a list price against the bill; what is given away or discounted is not known."""
        revenue = price.revenue(self.input_tokens_per_day, self.cached_tokens_per_day, self.output_tokens_per_day)
        return Margin(float(revenue), self.usd_per_day)


def published_days() -> list[str]:
    """Names of the published days, sorted."""
    return names(FOLDER)


@lru_cache(maxsize=16)
def load_published_day(name: str) -> PublishedDay:
    """The published day of that name.

    >>> day = load_published_day("deepseek-day")
    >>> round(day.servers, 1), round(day.published_servers, 1)
    (226.9, 226.8)
    """
    return read(PublishedDay, find(FOLDER, name))
