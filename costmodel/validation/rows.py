"""Kinds of published measurements and the prediction of each: a deployment, a decode step, a layer, or none."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import StrictBool

from costmodel.accelerator import Accelerator
from costmodel.io.presets import load_accelerator
from costmodel.model import Model
from costmodel.placement import Placement
from costmodel.planner.colocated import Colocated, colocated
from costmodel.planner.kernel_timing import KernelTimer
from costmodel.planner.pair_plans import deployment
from costmodel.planner.timing import attention_layer
from costmodel.rates import Rates
from costmodel.source import Name, Slug, Source, Text
from costmodel.spec import Choice, Field, Rule, Spec
from costmodel.workload import Workload

Bits = Annotated[
    int, Field(label="Bits", unit="bit", low=4, high=16, choices=(4, 8, 16), help="Precision that was measured.")
]
Context = Annotated[int, Field(label="Context", unit="tokens", low=1, high=10_000_000, help="Cached tokens.")]
Tokens = Annotated[int, Field(label="Tokens", unit="tokens", low=1, high=10_000_000, help="Tokens of one request.")]
Servers = Annotated[int, Field(label="Servers", unit="servers", low=1, high=4096, help="Servers of one pool.")]
Requests = Annotated[
    int, Field(label="Requests", unit="requests", low=1, high=100_000_000, help="Requests measured together.")
]
Batch = Annotated[
    int | None,
    Field(
        label="Batch",
        unit="requests",
        low=1,
        high=1_000_000,
        optional=True,
        help="Requests per attention rank. Empty: not published; the largest within 50 ms per token is taken.",
    ),
]
Accelerators = Annotated[
    int, Field(label="Accelerators", unit="accelerators", low=1, high=4096, help="Accelerators measured together.")
]
Output = Annotated[
    float,
    Field(label="Output", unit="token/s", low=1e-3, high=1e6, whole=False, help="Measured output per accelerator."),
]
Seconds = Annotated[float, Field(label="Time", unit="s", low=1e-9, high=10, whole=False, help="Measured time.")]
Value = Annotated[float, Field(label="Value", low=0, high=1e15, whole=False, help="Published value in its unit.")]
Split = Annotated[
    Literal["data", "tensor"],
    Choice(label="Split", choices=("data", "tensor"), help="Requests or heads divided over the accelerators."),
]
Unpredicted = Annotated[
    Literal["duplicate", "not expressible", "not decode", "estimate"],
    Choice(
        label="State",
        choices=("duplicate", "not expressible", "not decode", "estimate"),
        help="Why a published value is not predicted.",
    ),
]

DEPLOYMENT, LAYER, OTHER = "deployment", "attention layer", "other figure"
"""Kinds of published values."""

OVERFULL = "the requests do not fit together"

PER_ACCELERATOR = "token/s per accelerator"


@dataclass(frozen=True)
class Predicted:
    """A predicted value in the unit of its row, and what is borrowed or assumed in it."""

    value: float
    notes: tuple[str, ...] = ()


class _Row(Spec):
    """A measurement that can be predicted. `fitted`: one of the three constants of measured rates was fitted to it."""

    system: Name
    model: Slug
    accelerator: Slug
    engine: Name | Literal[""] = ""
    fitted: StrictBool = False
    assumptions: tuple[Text, ...] = ()

    kind: ClassVar[str] = DEPLOYMENT
    afd: ClassVar[bool] = False
    unit: ClassVar[str] = PER_ACCELERATOR

    @property
    def on(self) -> Accelerator:
        """The accelerator."""
        return load_accelerator(self.accelerator)


class MeasuredAfd(_Row):
    """Output of an AFD deployment on one kind of accelerator."""

    afd: ClassVar[bool] = True

    attention_bits: Bits
    context: Context
    attention_servers: Servers
    ffn_servers: Servers
    micro_batch: Requests
    tokens_per_second_per_gpu: Output

    @property
    def measured(self) -> float:
        """The published value."""
        return self.tokens_per_second_per_gpu

    def predict(self, rates: Rates, model: Model) -> Predicted:
        """Output per accelerator [token/s]."""
        plan = deployment(
            with_attention_bits(model, self.attention_bits),
            attention_on=self.on,
            ffn_on=self.on,
            attention_servers=self.attention_servers,
            ffn_servers=self.ffn_servers,
            micro_batch=self.micro_batch,
            workload=Workload(context=self.context),
            rates=rates,
        )
        return Predicted(plan.tokens_per_second_per_gpu, plan.notes)


class MeasuredColocated(_Row):
    """Output without AFD: of `servers` servers in the default placement, or of a given placement.

    `served` is False for a kernel trace, which no server runs: it has no step overhead.
    """

    attention_bits: Bits
    context: Context
    servers: Servers | None = None
    placement: Placement | None = None
    batch: Batch = None
    served: StrictBool = True
    gemm_bits: Bits = 8
    tokens_per_second_per_gpu: Output

    def rules(self) -> Iterable[Rule]:
        """One of two descriptions."""
        named = (self.servers is None) != (self.placement is None)
        yield Rule(named, "servers or placement must be given", {"servers": self.servers})

    @property
    def measured(self) -> float:
        """The published value."""
        return self.tokens_per_second_per_gpu

    def predict(self, rates: Rates, model: Model) -> Predicted:
        """Output per accelerator [token/s]."""
        used = rates if self.served else rates.replace(step_seconds=0.0, data_parallel_seconds=0.0)
        found = colocated(
            with_attention_bits(in_bits(model, self.gemm_bits, self.gemm_bits), self.attention_bits),
            self.on,
            servers=self.servers,
            placement=self.placement,
            batch=self.batch,
            workload=Workload(context=self.context),
            rates=used,
        )
        return Predicted(found.tokens_per_second_per_gpu, found.notes)


class MeasuredStep(_Row):
    """Time per output token of an engine that mixes prefill into decode steps; `requests` per attention rank."""

    unit: ClassVar[str] = "s"

    id_at_source: Text
    gemm_bits: Bits
    expert_bits: Bits
    kv_bits: Bits
    prompt_tokens: Tokens
    output_tokens: Tokens
    requests: Requests
    placement: Placement
    seconds: Seconds

    @property
    def context(self) -> int:
        """Mean tokens cached over the output."""
        return self.prompt_tokens + self.output_tokens // 2

    def run(self, rates: Rates, model: Model) -> Colocated:
        """The deployment."""
        return colocated(
            with_attention_bits(in_bits(model, self.gemm_bits, self.expert_bits), self.kv_bits),
            self.on,
            placement=self.placement,
            batch=self.requests,
            workload=Workload(context=self.context),
            rates=rates,
            prefill_share=self.prompt_tokens / self.output_tokens,
        )

    @property
    def measured(self) -> float:
        """The published value."""
        return self.seconds

    def predict(self, rates: Rates, model: Model) -> Predicted:
        """Time per output token [s]."""
        found = self.run(rates, model)
        load = found.memory.used / found.memory.capacity
        waiting = (f"{OVERFULL}: {load:.2f} of the memory, so fewer ran at a time",) if load > 1 else ()
        return Predicted(found.tpot, (*found.notes, *waiting))


class MeasuredLayer(_Row):
    """Time of one attention layer, projections included, on a few accelerators."""

    kind: ClassVar[str] = LAYER
    unit: ClassVar[str] = "s"

    system: Name = "one attention layer"
    attention_bits: Bits
    context: Context
    requests: Requests
    accelerators: Accelerators
    split: Split
    seconds: Seconds

    @property
    def measured(self) -> float:
        """The published value."""
        return self.seconds

    def predict(self, rates: Rates, model: Model) -> Predicted:
        """Time [s] with requests or heads divided over the accelerators."""
        used = with_attention_bits(model, self.attention_bits)
        ranks, requests = (
            (1, self.requests / self.accelerators) if self.split == "data" else (self.accelerators, self.requests)
        )
        group = used.attention[0].shard(ranks)
        if rates.kernels:
            timer = KernelTimer(self.on, rates, used.hidden)
            value = timer.core(group, requests, self.context, 1) + timer.projections(group, requests)
            return Predicted(float(value), timer.borrowed([group], ()))
        layer = attention_layer(
            group, hidden=used.hidden, accelerator=self.on, workload=Workload(context=self.context), rates=rates
        )
        return Predicted(float(layer.seconds(requests)))


class Published(Spec):
    """A published value that is not predicted, and why."""

    system: Name
    model: Name | Literal[""] = ""
    accelerator: Name | Literal[""] = ""
    quantity: Name
    value: Value
    unit: Name
    state: Unpredicted
    reason: Text


class Measurements(Spec):
    """One publication's measurements; `assumptions` hold for all of its rows."""

    id: Slug
    name: Name
    assumptions: tuple[Text, ...] = ()
    afd: tuple[MeasuredAfd, ...] = ()
    colocated: tuple[MeasuredColocated, ...] = ()
    steps: tuple[MeasuredStep, ...] = ()
    layers: tuple[MeasuredLayer, ...] = ()
    published: tuple[Published, ...] = ()
    sources: tuple[Source, ...]


def with_attention_bits(model: Model, bits: int) -> Model:
    """The model with cache and attention core in a precision."""
    return model.replace(attention=tuple(group.replace(kv_bits=bits, compute_bits=bits) for group in model.attention))


def in_bits(model: Model, gemm: int, experts: int) -> Model:
    """The model with projections and dense layers in one precision, and experts in another.

    Weights of 4 bits are multiplied in 16, as engines do where no 4-bit kernel is known.
    """
    attention = tuple(group.replace(linear_bits=gemm, weight_bits=gemm) for group in model.attention)
    ffn = tuple(
        group.replace(weight_bits=bits, compute_bits=16 if bits == 4 else bits)
        for group in model.ffn
        for bits in (experts if group.experts_per_token() else gemm,)
    )
    return model.replace(attention=attention, ffn=ffn)
