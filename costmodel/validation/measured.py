"""Predictions beside published measurements: nothing is fitted to them."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Literal

from costmodel.io.presets import find, load_accelerator, load_model, load_rates, names, read
from costmodel.model import Model
from costmodel.planner.colocated import colocated
from costmodel.planner.pair_plans import deployment
from costmodel.planner.timing import attention_layer
from costmodel.rates import IDEAL, Rates
from costmodel.source import Name, Slug, Source
from costmodel.spec import Choice, Field, Spec
from costmodel.workload import Workload

AttentionBits = Annotated[
    int,
    Field(
        label="Attention bits",
        unit="bit",
        low=4,
        high=16,
        choices=(4, 8, 16),
        help="Precision of cache and attention core.",
    ),
]
Context = Annotated[int, Field(label="Context", unit="tokens", low=1, high=10_000_000, help="Cached tokens.")]
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
        help="Requests per accelerator and micro-batch. Empty: not published; the largest is taken.",
    ),
]
Accelerators = Annotated[
    int, Field(label="Accelerators", unit="accelerators", low=1, high=4096, help="Accelerators measured together.")
]
Output = Annotated[
    float,
    Field(label="Output", unit="token/s", low=1e-3, high=1e6, whole=False, help="Measured output per accelerator."),
]
Seconds = Annotated[
    float, Field(label="Time", unit="s", low=1e-9, high=10, whole=False, help="Measured time of one layer.")
]
Split = Annotated[
    Literal["data", "tensor"],
    Choice(label="Split", choices=("data", "tensor"), help="Requests or heads divided over the accelerators."),
]

PER_ACCELERATOR = "token/s per accelerator"


class _Measured(Spec):
    model: Slug
    accelerator: Slug
    profile: Slug
    attention_bits: AttentionBits
    context: Context

    def in_precision(self) -> Model:
        """The model with cache and attention core in the precision that was measured."""
        model = load_model(self.model)
        groups = (
            group.replace(kv_bits=self.attention_bits, compute_bits=self.attention_bits) for group in model.attention
        )
        return model.replace(attention=tuple(groups))


class MeasuredAfd(_Measured):
    """Output of an AFD deployment on one kind of accelerator."""

    system: Name
    attention_servers: Servers
    ffn_servers: Servers
    micro_batch: Requests
    tokens_per_second_per_gpu: Output

    def predict(self, rates: Rates) -> float:
        """Output per accelerator [token/s] with that profile."""
        accelerator = load_accelerator(self.accelerator)
        return deployment(
            self.in_precision(),
            attention_on=accelerator,
            ffn_on=accelerator,
            attention_servers=self.attention_servers,
            ffn_servers=self.ffn_servers,
            micro_batch=self.micro_batch,
            workload=Workload(context=self.context),
            rates=rates,
        ).tokens_per_second_per_gpu


class MeasuredColocated(_Measured):
    """Output of an expert-parallel deployment without AFD; an unpublished batch is the largest within 50 ms."""

    system: Name
    servers: Servers
    batch: Batch = None
    tokens_per_second_per_gpu: Output

    def predict(self, rates: Rates) -> float:
        """Output per accelerator [token/s] with that profile."""
        return colocated(
            self.in_precision(),
            load_accelerator(self.accelerator),
            servers=self.servers,
            batch=self.batch,
            workload=Workload(context=self.context),
            rates=rates,
        ).tokens_per_second_per_gpu


class MeasuredLayer(_Measured):
    """Time of one attention layer, projections included, on a few accelerators."""

    requests: Requests
    accelerators: Accelerators
    split: Split
    seconds: Seconds

    def title(self) -> str:
        """What was measured, in words."""
        return f"{load_model(self.model).name} layer on {load_accelerator(self.accelerator).name}"

    def predict(self, rates: Rates) -> float:
        """Time [s] with that profile. Dividing heads instead of requests changes what an accelerator reads of the
        weights.
        """
        model = self.in_precision()
        layer = attention_layer(
            model.attention[0],
            hidden=model.hidden,
            accelerator=load_accelerator(self.accelerator),
            workload=Workload(context=self.context),
            rates=rates,
        )
        if self.split == "tensor":
            layer = replace(layer, weight_seconds=layer.weight_seconds / self.accelerators)
        return float(layer.seconds(self.requests / self.accelerators))


class Measurements(Spec):
    """One publication's measurements."""

    id: Slug
    name: Name
    afd: tuple[MeasuredAfd, ...] = ()
    colocated: tuple[MeasuredColocated, ...] = ()
    layers: tuple[MeasuredLayer, ...] = ()
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class MeasurementRow:
    """One measurement beside two predictions, all in `unit`: at ideal rates and with a measured efficiency profile."""

    publication: str
    system: str
    context: int
    unit: str
    ideal: float
    profiled: float
    profile: str
    measured: float

    @property
    def ratio(self) -> float:
        """Prediction with the profile over measurement."""
        return self.profiled / self.measured


@lru_cache(maxsize=1)
def measurements() -> tuple[MeasurementRow, ...]:
    """Every published measurement that ships with the library, predicted: deployments first, then single layers.

    Paper Tables 8 and 9.

    >>> row = measurements()[3]
    >>> row.system, round(row.ideal), round(row.measured)
    ('Step-3, 2A2F', 9529, 4039)
    """
    rows: list[MeasurementRow] = []
    for name in names("measured"):
        data = read(Measurements, find("measured", name))
        outputs: list[MeasuredAfd | MeasuredColocated] = [*data.colocated, *data.afd]
        rows.extend(
            _row(data.name, item.system, PER_ACCELERATOR, item, item.tokens_per_second_per_gpu) for item in outputs
        )
        rows.extend(_row(data.name, layer.title(), "s", layer, layer.seconds) for layer in data.layers)
    return tuple(rows)


def _row(
    publication: str, system: str, unit: str, item: MeasuredAfd | MeasuredColocated | MeasuredLayer, measured: float
) -> MeasurementRow:
    profile = load_rates(item.profile)
    return MeasurementRow(
        publication=publication,
        system=system,
        context=item.context,
        unit=unit,
        ideal=item.predict(IDEAL),
        profiled=item.predict(profile),
        profile=profile.id,
        measured=measured,
    )
