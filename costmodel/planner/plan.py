"""Plan: an AFD deployment with its stages, memory, output and price, feasible or not."""

from dataclasses import dataclass, field

from costmodel.accelerator import Accelerator
from costmodel.cost import DecodeCost
from costmodel.model import Model
from costmodel.planner.pipeline import Pipeline
from costmodel.planner.stage_kernels import AFD_IMBALANCE
from costmodel.rates import Rates
from costmodel.sla import Sla
from costmodel.sparsity import SparsityFloor
from costmodel.units import percent
from costmodel.workload import Workload

BORROWED = "borrowed"
"""First word of the notes that name kernels or links measured elsewhere."""


def borrowed_notes(notes: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the notes of a deployment that name what was measured elsewhere."""
    return tuple(note for note in notes if note.startswith(BORROWED))


@dataclass(frozen=True)
class StageSeconds:
    """Time of each stage for one layer of one micro-batch [s]: that of its slowest layer group."""

    attention: float
    network: float
    ffn: float

    @property
    def cycle(self) -> float:
        """The longest of them: the pipeline advances at its pace [s]."""
        return max(self.attention, self.network, self.ffn)

    @property
    def slowest(self) -> str:
        """Name of the longest stage; the first named wins a tie."""
        return max(("attention", "network", "ffn"), key=lambda name: getattr(self, name))


@dataclass(frozen=True)
class GroupSeconds:
    """Stage time [s] of one layer group: a line of the breakdown behind `StageSeconds`."""

    label: str
    layers: int
    seconds: float


@dataclass(frozen=True)
class PoolMemory:
    """Memory of one accelerator of a pool [byte]; weights + kv + activations + free = capacity. `free` may be
    negative.
    """

    weights: float
    kv: float
    activations: float
    capacity: float

    @property
    def used(self) -> float:
        """Weights + kv + activations [byte]."""
        return self.weights + self.kv + self.activations

    @property
    def free(self) -> float:
        """Free memory [byte]; negative where the deployment does not fit."""
        return self.capacity - self.used


@dataclass(frozen=True)
class PlanMemory:
    """Memory of one accelerator of each pool."""

    attention: PoolMemory
    ffn: PoolMemory


@dataclass(frozen=True)
class Constraint:
    """One limit of a deployment: what it uses and may use, in `unit` ("s" per stage or "byte" per accelerator)."""

    name: str
    used: float
    allowed: float
    unit: str

    @property
    def load(self) -> float:
        """Used over allowed: above 1 the limit is broken by that factor."""
        return self.used / self.allowed

    @property
    def text(self) -> str:
        """Use and allowance in words: microseconds of a stage, gigabytes of an accelerator."""
        if self.unit == "s":
            return f"{self.used * 1e6:,.0f} µs of {self.allowed * 1e6:,.0f} µs per stage"
        return f"{self.used / 1e9:,.1f} GB of {self.allowed / 1e9:,.1f} GB per accelerator"


@dataclass(frozen=True)
class Remedy:
    """A change that makes an infeasible request feasible: field, its new value, how far that is, and words for it."""

    field: str
    value: float
    factor: float
    text: str


@dataclass(frozen=True)
class PoolLimit:
    """The largest pool that would be deployed binds: its servers, and the share that twice as many would improve."""

    pool: str
    servers: int
    gain: float

    @property
    def text(self) -> str:
        """The limit in a sentence."""
        return (
            f"The largest pool of {self.servers:,} servers binds ({self.pool}): with twice as many the result would be "
            f"{percent(self.gain, 1)} better."
        )


@dataclass(frozen=True)
class Tail:
    """The attention server whose requests are longer than those of 95 in 100, by the spread of the workload.

    `context` is the mean over its requests [token], `attention` and `memory` what it needs of its stage time and of the
    memory of an accelerator, `kv_bytes` the part of that memory that is cache.
    """

    context: int
    attention: Constraint
    memory: Constraint
    kv_bytes: float

    @property
    def feasible(self) -> bool:
        """True where it meets the stage budget and fits in memory."""
        return self.attention.load <= 1 and self.memory.load <= 1

    @property
    def text(self) -> str:
        """The requirement in a sentence."""
        kept = "meets" if self.feasible else "misses"
        return (
            f"The 95th percentile attention server sees {self.context:,} tokens: it needs {self.attention.text} and "
            f"{self.memory.text}, and {kept} the SLA."
        )


@dataclass(frozen=True)
class Bubble:
    """Accelerator-time lost because layers differ: a stage lasts as long as its slowest layer group, the others leave a
    gap.

    `attention` and `ffn` are shares of that pool's time, `share` of the time of all accelerators; `cause` is the layer
    group behind the larger loss, None where all layers of each stack are alike.
    """

    attention: float
    ffn: float
    share: float
    cause: str | None


@dataclass(frozen=True)
class NetworkFloor:
    """Sec. 5.4 for the sparsest FFN group: its S against the least one, and the routed experts that would meet it."""

    sparsity: SparsityFloor
    experts_needed: int

    @property
    def met(self) -> bool:
        """True where the network hides a batch that keeps the FFN compute-bound."""
        return bool(self.sparsity.met)

    @property
    def text(self) -> str:
        """The verdict in a sentence."""
        least, actual = self.sparsity.minimum, self.sparsity.sparsity
        if self.met:
            return f"Sparsity {actual:.3f} is above the network floor of {least:.3f}."
        return (
            f"Sparsity {actual:.3f} is below the network floor of {least:.3f}: a batch that keeps the FFN "
            f"compute-bound does not fit the network; {self.experts_needed} routed experts would have to be active."
        )


@dataclass(frozen=True)
class Plan:
    """One deployment and what it delivers. An infeasible one is the least bad of its kind, with the reason.

    `batch` counts the requests per attention accelerator and micro-batch, `micro_batch` those of a whole micro-batch.
    `binding` is the constraint that is broken worst or, in a feasible plan, the one that a larger batch would meet
    first. Prices are None where an accelerator has none. `theoretical` is the cost of the same pair at full use, which
    no plan costs less than (Paper Table 6).
    """

    pipeline: Pipeline = field(repr=False)
    attention_servers: int
    ffn_servers: int
    batch: int
    micro_batch: int
    feasible: bool
    binding: str
    constraints: tuple[Constraint, ...]
    stage_seconds: StageSeconds
    attention_groups: tuple[GroupSeconds, ...]
    ffn_groups: tuple[GroupSeconds, ...]
    memory: PlanMemory
    tpot: float
    tokens_per_second: float
    usd_per_hour: float | None
    usd_per_million_tokens: float | None
    theoretical: DecodeCost | None
    network_floor: NetworkFloor
    tail: Tail | None = None
    pool_limit: PoolLimit | None = None
    remedies: tuple[Remedy, ...] = ()
    reason: str = ""

    @property
    def model(self) -> Model:
        """The model."""
        return self.pipeline.model

    @property
    def attention_on(self) -> Accelerator:
        """Accelerators of the attention pool."""
        return self.pipeline.attention_on

    @property
    def ffn_on(self) -> Accelerator:
        """Accelerators of the FFN pool."""
        return self.pipeline.ffn_on

    @property
    def workload(self) -> Workload:
        """The workload."""
        return self.pipeline.workload

    @property
    def sla(self) -> Sla:
        """The SLA."""
        return self.pipeline.sla

    @property
    def rates(self) -> tuple[Rates, Rates]:
        """Rates of the attention and the FFN pool."""
        return self.pipeline.attention.rates, self.pipeline.ffn.rates

    @property
    def notes(self) -> tuple[str, ...]:
        """Borrowed and assumed figures: kernels of other accelerators, uneven experts."""
        attention, ffn = self.pipeline.attention.timer, self.pipeline.ffn.timer
        said = [] if attention is None else list(attention.borrowed(self.model.attention, ()))
        if ffn is not None:
            said += [*ffn.borrowed((), self.model.ffn), f"expert imbalance of {AFD_IMBALANCE:g} is assumed"]
        return tuple(dict.fromkeys(said))

    @property
    def borrowed(self) -> tuple[str, ...]:
        """The notes that name kernels measured elsewhere."""
        return borrowed_notes(self.notes)

    @property
    def band(self) -> tuple[float, float] | None:
        """Factors between which measured output lay of that predicted, in four of five deployments; None without
        kernels.
        """
        lent = bool(self.borrowed)
        bands = [each for each in (rates.band(borrowed=lent) for rates in self.rates) if each is not None]
        return (min(low for low, _ in bands), max(high for _, high in bands)) if bands else None

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Sentences for what rests on the plan: its output with the range of the band, and what its kernels borrow."""
        said = [f"Decoding: {note[0].upper()}{note[1:]}." for note in self.notes]
        if self.output_range is not None:
            low, high = self.output_range
            said.insert(
                0,
                f"Decoding is predicted at {self.tokens_per_second_per_gpu:,.0f} tokens/s per accelerator; by the "
                f"errors of four in five measured deployments, {low:,.0f} to {high:,.0f}.",
            )
        return tuple(said)

    @property
    def budget_seconds(self) -> float:
        """Time that every stage has [s]."""
        return self.pipeline.attention.budget_seconds

    @property
    def bubble(self) -> Bubble:
        """Bubble from unequal layer groups: slowest minus mean stage time, over the cycle."""
        cycle = self.stage_seconds.cycle
        attention, ffn = _gap(self.attention_groups) / cycle, _gap(self.ffn_groups) / cycle
        weighted = attention * self.attention_accelerators, ffn * self.ffn_accelerators
        groups = self.attention_groups if weighted[0] >= weighted[1] else self.ffn_groups
        slowest = max(groups, key=lambda group: group.seconds)
        share = sum(weighted) / self.accelerator_count
        return Bubble(attention, ffn, share, slowest.label if share else None)

    @property
    def bubble_share(self) -> float:
        """Share of the time of all accelerators that is lost because layers differ; 0 where all are alike."""
        return self.bubble.share

    @property
    def attention_accelerators(self) -> int:
        """Accelerators of the attention pool."""
        return self.attention_servers * self.pipeline.attention.per_server

    @property
    def ffn_accelerators(self) -> int:
        """Accelerators of the FFN pool."""
        return self.ffn_servers * self.pipeline.ffn.per_server

    @property
    def accelerator_count(self) -> int:
        """All accelerators."""
        return self.attention_accelerators + self.ffn_accelerators

    @property
    def concurrent_requests(self) -> int:
        """Requests decoded together: micro-batch x stages."""
        return self.micro_batch * self.sla.stages

    @property
    def tokens_per_second_per_gpu(self) -> float:
        """Output per accelerator [token/s], "TGS" in the paper."""
        return self.tokens_per_second / self.accelerator_count

    @property
    def output_range(self) -> tuple[float, float] | None:
        """Output per accelerator at both ends of the band [token/s]; None without a band."""
        if self.band is None:
            return None
        low, high = self.band
        return low * self.tokens_per_second_per_gpu, high * self.tokens_per_second_per_gpu

    @property
    def load(self) -> float:
        """The greatest use over allowance of all constraints: above 1, by how much the plan misses."""
        return max(constraint.load for constraint in self.constraints)

    @property
    def words(self) -> str:
        """The deployment in a phrase.

        >>> import costmodel as cm
        >>> h20, h800 = cm.load_accelerator("h20"), cm.load_accelerator("h800")
        >>> step3, work = cm.load_model("step-3"), cm.Workload(context=8192)
        >>> cm.pair_plan(step3, attention_on=h20, ffn_on=h800, workload=work).words
        '6 attention servers of H20, 1 FFN server of H800, 56 accelerators'
        """
        attention = f"{self.attention_servers} attention server{'s' * (self.attention_servers != 1)}"
        ffn = f"{self.ffn_servers} FFN server{'s' * (self.ffn_servers != 1)}"
        pools = f"{attention} of {self.attention_on.name}, {ffn} of {self.ffn_on.name}"
        return f"{pools}, {self.accelerator_count} accelerators"


def _gap(groups: tuple[GroupSeconds, ...]) -> float:
    """Slowest minus mean stage time of a stack [s]; exactly 0 for a single group."""
    layers = sum(group.layers for group in groups)
    slowest = max(group.seconds for group in groups)
    return sum(group.layers * (slowest - group.seconds) for group in groups) / layers
