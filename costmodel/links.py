"""Communication between accelerators: measured all-reduce and all-to-all times, and the formulas where none exist."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from costmodel.errors import DomainError, Problem
from costmodel.source import Text
from costmodel.spec import Field, Rule, Spec
from costmodel.units import Numeric

Ranks = Annotated[int, Field(label="Ranks", low=2, high=100_000, help="Accelerators that take part.")]
Domain = Annotated[
    int,
    Field(
        label="Scale-up domain",
        low=1,
        high=100_000,
        unit="accelerators",
        help="Accelerators behind one scale-up network.",
    ),
]
LinkRate = Annotated[
    float,
    Field(
        label="Scale-up rate", low=1e6, high=1e14, unit="byte/s", whole=False, help="Of one accelerator, one direction."
    ),
]
LinkShare = Annotated[
    float,
    Field(label="Scale-up share", low=1e-3, high=1, whole=False, help="Share of the scale-up rate that is reached."),
]
Latency = Annotated[
    float, Field(label="Latency", low=0, high=1, unit="s", whole=False, help="Time of an empty transfer.")
]
Positive = Annotated[
    float, Field(label="Table value", low=0, high=1e15, whole=False, help="A size or a measured time.")
]

REFERENCE_ELEMENTS = 7168 * 8
"""Hidden size x experts per token at which the all-to-all tables were measured (DeepSeek-V3)."""

LATENCY_BOUND = 256e3
"""Size of an all-reduce up to which latency, not the rate of the network, sets its time [byte]."""

REFERENCE_NIC = 50e9
"""Network rate per accelerator behind the tables between servers: 400 Gbit/s [byte/s]."""


class AllReduce(Spec):
    """Time of one all-reduce [s] over its size [byte], measured on `ranks` accelerators of one domain."""

    ranks: Ranks
    sizes: tuple[Positive, ...]
    seconds: tuple[Positive, ...]

    def rules(self) -> Iterable[Rule]:
        """Both columns rise and are equally long."""
        yield _rising("sizes", self.sizes, self.seconds)

    def time(self, size: Numeric) -> Numeric:
        """Log-log interpolation; constant below the first size, proportional to the size above the last."""
        longest = self.sizes[-1]
        inside = np.exp(np.interp(np.log(size), np.log(self.sizes), np.log(self.seconds)))
        return inside * np.maximum(size / longest, 1)

    def longer(self, factor: float) -> "AllReduce":
        """The table with larger sizes lengthened; latency sets the time of the smaller ones."""
        times = [
            time * (factor if size > LATENCY_BOUND else 1.0)
            for size, time in zip(self.sizes, self.seconds, strict=True)
        ]
        return self.replace(seconds=tuple(times))


class AllToAll(Spec):
    """Times of dispatch and combine [s] over tokens per rank, measured on `ranks` accelerators of one domain.

    The tokens are those of 8 experts each and 7,168 elements; others count by their number of elements sent.
    """

    ranks: Ranks
    tokens: tuple[Positive, ...]
    dispatch: tuple[Positive, ...]
    combine: tuple[Positive, ...]

    def rules(self) -> Iterable[Rule]:
        """Three equally long columns."""
        yield _rising("tokens", self.tokens, self.dispatch)
        yield _rising("tokens", self.tokens, self.combine)

    def times(self, tokens: Numeric) -> tuple[Numeric, Numeric]:
        """Dispatch and combine [s]: linear in the tokens, on the last slope beyond the table."""
        return _linear(tokens, self.tokens, self.dispatch), _linear(tokens, self.tokens, self.combine)


class BetweenServers(Spec):
    """All-to-all over the network between servers: times [s] of `tokens` tokens per rank, by the number of ranks."""

    ranks: tuple[Positive, ...]
    dispatch: tuple[Positive, ...]
    combine: tuple[Positive, ...]
    tokens: Positive
    latency: Latency

    def rules(self) -> Iterable[Rule]:
        """Three equally long columns."""
        yield _rising("ranks", self.ranks, self.ranks)
        same = len(self.ranks) == len(self.dispatch) == len(self.combine)
        yield Rule(same, "dispatch and combine must have one time per rank count", {"ranks": len(self.ranks)})

    def times(self, tokens: Numeric, ranks: Numeric, nic_bytes_per_second: Numeric) -> tuple[Numeric, Numeric]:
        """Dispatch and combine [s]: a latency, and the rest in proportion to the tokens and the network's rate.

        Times are interpolated over the logarithm of the ranks.
        """
        places = np.log2(self.ranks)
        slower = REFERENCE_NIC / nic_bytes_per_second

        def one(measured: tuple[float, ...]) -> Numeric:
            full = np.interp(np.log2(ranks), places, measured)
            return self.latency + (full - self.latency) * slower * tokens / self.tokens

        return one(self.dispatch), one(self.combine)


class Links(Spec):
    """Communication of one kind of accelerator. Times in s, sizes in byte; all functions take numbers or arrays.

    `domain` accelerators share a scale-up network (a server, or an NVL72 rack); beyond it the NICs carry the traffic.
    """

    domain: Domain = 8
    scale_up_bytes_per_second: LinkRate
    scale_up_share: LinkShare = 0.8
    exchange_latency: Latency = 10e-6
    network_latency: Latency = 20e-6
    all_reduce_tables: tuple[AllReduce, ...]
    all_to_all_tables: tuple[AllToAll, ...] = ()
    between_servers: BetweenServers | None = None
    borrowed: Text | Literal[""] = ""
    source: Text | Literal[""] = ""

    @property
    def exchange_bytes_per_second(self) -> Numeric:
        """Achieved rate of one accelerator inside a domain, one direction [byte/s]."""
        return self.scale_up_share * self.scale_up_bytes_per_second

    def over(self, *, domain: int | None, bytes_per_second: float | None) -> "Links":
        """The same tables for another scale-up network; what is None stays.

        A slower network lengthens the all-reduces whose time its rate sets, in proportion.
        """
        rate = self.scale_up_bytes_per_second if bytes_per_second is None else bytes_per_second
        longer = max(self.scale_up_bytes_per_second / rate, 1.0)
        tables = self.all_reduce_tables
        if longer > 1:
            tables = tuple(each.longer(longer) for each in tables)
        return self.replace(
            domain=self.domain if domain is None else domain,
            scale_up_bytes_per_second=rate,
            all_reduce_tables=tables,
        )

    def all_reduce(self, ranks: int, size: Numeric, nic_bytes_per_second: Numeric = REFERENCE_NIC) -> Numeric:
        """One all-reduce of `size` bytes over `ranks` accelerators; 0 for one.

        Counts between two tables are interpolated over the logarithm of the ranks. Counts beyond the last table take
        its time, lengthened as a ring lengthens: by 2 (n - 1) / n. More ranks than a domain reduce inside each domain,
        and every accelerator then reduces its part with its peers over the network.
        """
        if ranks == 1:
            return 0.0 * size
        if ranks > self.domain:
            domains = -(-ranks // self.domain)
            within = -(-ranks // domains)
            sent = 2 * (domains - 1) / domains * size / within
            return self.all_reduce(within, size) + 2 * self.network_latency + sent / nic_bytes_per_second
        tables = self.all_reduce_tables
        known = [table.ranks for table in tables]
        times = [table.time(size) for table in tables]
        if ranks >= known[-1]:
            return times[-1] * ((ranks - 1) / ranks) / ((known[-1] - 1) / known[-1])
        above = next(place for place, count in enumerate(known) if count >= ranks)
        if known[above] == ranks or above == 0:
            return times[above]
        part: float = (np.log2(ranks) - np.log2(known[above - 1])) / (np.log2(known[above]) - np.log2(known[above - 1]))
        return times[above - 1] * (1 - part) + times[above] * part

    def all_gather(
        self,
        ranks: Numeric,
        tokens: Numeric,
        hidden: Numeric,
        element_bytes: Numeric = 2,
        nic_bytes_per_second: Numeric = REFERENCE_NIC,
    ) -> Numeric:
        """All-gather of the tokens of every rank; a reduce-scatter takes as long. 0 for one rank.

        Tokens of other domains arrive over the network, shared by the accelerators of a domain.
        """
        size = element_bytes * tokens * hidden
        inside = self.exchange_latency + size * (ranks - 1) / self.exchange_bytes_per_second
        far = np.maximum(ranks - self.domain, 0)
        outside = (far > 0) * self.network_latency + size * far / self.domain / nic_bytes_per_second
        return (ranks > 1) * (inside + outside)

    def all_to_all(
        self, ranks: Numeric, tokens: Numeric, elements: Numeric, nic_bytes_per_second: Numeric = REFERENCE_NIC
    ) -> tuple[Numeric, Numeric]:
        """Dispatch and combine of `tokens` tokens per rank, each of `elements` = hidden size x experts per token."""
        scaled = tokens * elements / REFERENCE_ELEMENTS
        if isinstance(ranks, np.ndarray):
            return self._by_ranks(ranks, tokens, elements, nic_bytes_per_second)
        if ranks == 1:
            return 0.0 * scaled, 0.0 * scaled
        if ranks <= self.domain and self.all_to_all_tables:
            fitting = [table for table in self.all_to_all_tables if table.ranks >= ranks]
            return (fitting[0] if fitting else self.all_to_all_tables[-1]).times(scaled)
        if self.between_servers is None:
            raise DomainError(Problem("expert_parallel", f"no all-to-all is known for {ranks} ranks"))
        return self.between_servers.times(scaled, ranks, nic_bytes_per_second)

    def _by_ranks(
        self, ranks: NDArray[Any], tokens: Numeric, elements: Numeric, nic_bytes_per_second: Numeric
    ) -> tuple[Numeric, Numeric]:
        """One call for all ranks beyond a domain, and one per number of ranks inside."""
        counts, sent = np.broadcast_arrays(ranks, tokens)
        dispatch, combine = np.zeros(counts.shape), np.zeros(counts.shape)
        far = (counts > self.domain) & (self.between_servers is not None)
        if self.between_servers is not None and far.any():
            scaled = sent[far] * elements / REFERENCE_ELEMENTS
            dispatch[far], combine[far] = self.between_servers.times(scaled, counts[far], nic_bytes_per_second)
        for count in np.unique(counts[~far]).tolist():
            here = counts == count
            dispatch[here], combine[here] = self.all_to_all(count, sent[here], elements, nic_bytes_per_second)
        return dispatch, combine


def _rising(name: str, places: tuple[float, ...], values: tuple[float, ...]) -> Rule:
    rises = all(a < b for a, b in pairwise(places))
    never_falls = all(a <= b for a, b in pairwise(values))
    holds = len(places) >= 2 and len(places) == len(values) and rises and never_falls
    return Rule(holds, f"{name} must rise, with one time each that never falls", {name: len(places)})


def _linear(x: Numeric, places: tuple[float, ...], values: tuple[float, ...]) -> Numeric:
    slope = (values[-1] - values[-2]) / (places[-1] - places[-2])
    inside = np.interp(x, places, values)
    return inside + slope * np.maximum(x - places[-1], 0)
