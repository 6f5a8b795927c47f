"""Price of a request from the prices of its input, cached and output tokens; full load, reservation, and margins."""

from dataclasses import dataclass

import numpy as np

from costmodel.checks import check_range
from costmodel.errors import DomainError, Problem, quote
from costmodel.units import TOKENS_PER_MILLION, Numeric


@dataclass(frozen=True)
class RequestPrice:
    """A request of mean lengths [token] and what a million tokens of each kind costs [USD]; numbers or arrays.

    Cached tokens are a part of the prompt: prompt = missed + cached. Prices are those at full load; `reservation_usd`
    is the cost of capacity that is in use a share `utilization` of the time.
    """

    prompt: Numeric
    cached: Numeric
    output: Numeric
    usd_per_million_input: Numeric
    usd_per_million_cached: Numeric
    usd_per_million_output: Numeric
    utilization: Numeric = 1.0

    def __post_init__(self) -> None:
        check_range("prompt", self.prompt, 1)
        check_range("cached", self.cached, 0)
        check_range("output", self.output, 0)
        check_range("utilization", self.utilization, 0, 1, above=True)
        for name in ("usd_per_million_input", "usd_per_million_cached", "usd_per_million_output"):
            check_range(name, getattr(self, name), 0)
        if not np.all(np.asarray(self.cached) < self.prompt):
            reason = f"{quote(self.cached)} is not allowed; must be below prompt, {quote(self.prompt)}"
            raise DomainError(Problem("cached", reason))

    @property
    def missed(self) -> Numeric:
        """Prompt tokens that are computed."""
        return self.prompt - self.cached

    @property
    def input_usd(self) -> Numeric:
        """Computed prompt tokens [USD per request]."""
        return self.missed * self.usd_per_million_input / TOKENS_PER_MILLION

    @property
    def cached_usd(self) -> Numeric:
        """Cached prompt tokens [USD per request]."""
        return self.cached * self.usd_per_million_cached / TOKENS_PER_MILLION

    @property
    def output_usd(self) -> Numeric:
        """Output tokens [USD per request]."""
        return self.output * self.usd_per_million_output / TOKENS_PER_MILLION

    @property
    def usd(self) -> Numeric:
        """Input + cached + output at full load [USD per request]."""
        return self.input_usd + self.cached_usd + self.output_usd

    @property
    def reservation_usd(self) -> Numeric:
        """Cost of the capacity reserved for a request [USD]: cost at full load / utilization."""
        return self.usd / self.utilization

    @property
    def usd_per_million_blended(self) -> Numeric:
        """Cost over all tokens, prompt and output [USD per 1M tokens], at full load."""
        return self.usd / (self.prompt + self.output) * TOKENS_PER_MILLION

    @property
    def shares(self) -> dict[str, Numeric]:
        """Share of input, cached and output tokens in the cost; they sum to 1."""
        return {
            "input": self.input_usd / self.usd,
            "cached": self.cached_usd / self.usd,
            "output": self.output_usd / self.usd,
        }


@dataclass(frozen=True)
class Margin:
    """Revenue against cost of the same tokens [USD], both named: of cost (`markup`) and of revenue (`gross_margin`)."""

    revenue: Numeric
    cost: Numeric

    @property
    def markup(self) -> Numeric:
        """(revenue - cost) / cost; 5.45 is "545 %"."""
        return (self.revenue - self.cost) / self.cost

    @property
    def gross_margin(self) -> Numeric:
        """(revenue - cost) / revenue."""
        return (self.revenue - self.cost) / self.revenue


@dataclass(frozen=True)
class Storage:
    """Cost of keeping and moving cached prefixes; the default, an assumption, is nothing.

    `hold_seconds` is the mean time that a byte is kept per hit.
    """

    usd_per_byte_second: Numeric = 0.0
    hold_seconds: Numeric = 0.0
    usd_per_byte_moved: Numeric = 0.0

    def usd_per_million_cached(self, bytes_per_token: Numeric, reread_usd_per_token: Numeric = 0.0) -> Numeric:
        """USD per 1M cached tokens: storage, moving, and the work that makes them readable again."""
        per_byte = self.usd_per_byte_second * self.hold_seconds + self.usd_per_byte_moved
        return TOKENS_PER_MILLION * (bytes_per_token * per_byte + reread_usd_per_token)
