"""Predictions beside published measurements: nothing is fitted to them."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Literal

from costmodel.efficiency import IDEAL, Efficiency
from costmodel.model import Model
from costmodel.planner.colocated import colocated
from costmodel.planner.layers import attention_layer
from costmodel.planner.plans import deployment
from costmodel.presets import find, load_accelerator, load_efficiency, load_model, names, read
from costmodel.source import Name, Slug, Source
from costmodel.spec import Choice, Quantity, Spec
from costmodel.workload import Workload

AttentionBits = Annotated[
    int, Quantity("Attention bits", "Precision of cache and attention core.", 4, 16, "bit", choices=(4, 8, 16))
]
Context = Annotated[int, Quantity("Context", "Cached tokens.", 1, 10_000_000, "tokens")]
Servers = Annotated[int, Quantity("Servers", "Servers of one pool.", 1, 4096, "servers")]
Requests = Annotated[int, Quantity("Requests", "Requests measured together.", 1, 100_000_000, "requests")]
Batch = Annotated[
    int | None,
    Quantity(
        "Batch",
        "Requests per card and micro-batch. Empty: not published; the largest is taken.",
        1,
        1_000_000,
        "requests",
        optional=True,
    ),
]
Cards = Annotated[int, Quantity("Cards", "Cards measured together.", 1, 4096, "cards")]
Output = Annotated[float, Quantity("Output", "Measured output per card.", 1e-3, 1e6, "token/s", whole=False)]
Seconds = Annotated[float, Quantity("Time", "Measured time of one layer.", 1e-9, 10, "s", whole=False)]
Split = Annotated[
    Literal["data", "tensor"], Choice("Split", "Requests or heads divided over the cards.", ("data", "tensor"))
]

PER_CARD = "token/s per card"


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
    """Output of an AFD deployment on one kind of card."""

    system: Name
    attention_servers: Servers
    ffn_servers: Servers
    micro_batch: Requests
    tokens_per_second_per_gpu: Output

    def predict(self, efficiency: Efficiency) -> float:
        """Output per card [token/s] with that profile."""
        card = load_accelerator(self.accelerator)
        return deployment(
            self.in_precision(),
            attention_on=card,
            ffn_on=card,
            attention_servers=self.attention_servers,
            ffn_servers=self.ffn_servers,
            micro_batch=self.micro_batch,
            workload=Workload(context=self.context),
            efficiency=efficiency,
        ).tokens_per_second_per_gpu


class MeasuredColocated(_Measured):
    """Output of an expert-parallel deployment without AFD; an unpublished batch is the largest within 50 ms."""

    system: Name
    servers: Servers
    batch: Batch = None
    tokens_per_second_per_gpu: Output

    def predict(self, efficiency: Efficiency) -> float:
        """Output per card [token/s] with that profile."""
        return colocated(
            self.in_precision(),
            load_accelerator(self.accelerator),
            servers=self.servers,
            batch=self.batch,
            workload=Workload(context=self.context),
            efficiency=efficiency,
        ).tokens_per_second_per_gpu


class MeasuredLayer(_Measured):
    """Time of one attention layer, projections included, on a few cards."""

    requests: Requests
    cards: Cards
    split: Split
    seconds: Seconds

    def title(self) -> str:
        """What was measured, in words."""
        return f"{load_model(self.model).name} layer on {load_accelerator(self.accelerator).name}"

    def predict(self, efficiency: Efficiency) -> float:
        """Time [s] with that profile. Dividing heads instead of requests changes what a card reads of the weights."""
        model = self.in_precision()
        layer = attention_layer(
            model.attention[0],
            hidden=model.hidden,
            card=load_accelerator(self.accelerator),
            workload=Workload(context=self.context),
            efficiency=efficiency,
        )
        if self.split == "tensor":
            layer = replace(layer, weight_seconds=layer.weight_seconds / self.cards)
        return float(layer.seconds(self.requests / self.cards))


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

    >>> row = measurements()[3]
    >>> row.system, round(row.ideal), round(row.measured)
    ('Step-3, 2A2F', 9529, 4039)
    """
    rows: list[MeasurementRow] = []
    for name in names("measured"):
        data = read(Measurements, find("measured", name))
        outputs: list[MeasuredAfd | MeasuredColocated] = [*data.colocated, *data.afd]
        rows.extend(_row(data.name, item.system, PER_CARD, item, item.tokens_per_second_per_gpu) for item in outputs)
        rows.extend(_row(data.name, layer.title(), "s", layer, layer.seconds) for layer in data.layers)
    return tuple(rows)


def _row(
    publication: str, system: str, unit: str, item: MeasuredAfd | MeasuredColocated | MeasuredLayer, measured: float
) -> MeasurementRow:
    profile = load_efficiency(item.profile)
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
