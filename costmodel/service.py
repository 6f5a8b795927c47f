"""How a fleet runs: prefill units, overlap, worker size, failures, power; and what owning it rests on."""

from collections.abc import Iterable
from typing import Annotated

from costmodel.spec import Field, Rule, Spec

DECODE_SHARE_OF_TDP = 0.7
PREFILL_SHARE_OF_TDP = 0.95
IDLE_SHARE_OF_TDP = 0.3
"""Assumed draws as shares of TDP, which is an upper bound and not the draw: H100 300 W idle and 600 W saturated of 700
(fit of vllm-sr-sim); B200 251 W loaded and idle, 513 W decoding one request (semantic-router study)."""

INTERRUPTIONS_PER_ACCELERATOR_YEAR = 419 / 16_384 / 54 * 365
"""Unexpected interruptions of Llama 3 training: 419 in 54 days on 16,384 H100. Serving differs. Meta, July 2024."""


def _share(label: str, help_text: str, *, low: float = 0.0) -> Field:
    return Field(label=label, low=low, high=1, whole=False, scale=0.01, scale_unit="%", help=help_text)


UnitServers = Annotated[
    int | None,
    Field(
        label="Prefill unit",
        unit="servers",
        low=1,
        high=64,
        optional=True,
        help="Servers that share the experts in prefill: one unit. Empty: the fewest that hold the weights.",
    ),
]
Overlap = Annotated[float, _share("Overlap", "1: the network hides behind computing. 0: it adds.")]
CoreBits = Annotated[
    int,
    Field(
        label="Prefill core bits",
        unit="bit",
        low=4,
        high=16,
        choices=(4, 8, 16),
        help="Precision of the attention core in prefill.",
    ),
]
Workers = Annotated[
    int,
    Field(
        label="Accelerators per prompt",
        unit="accelerators",
        low=1,
        high=1024,
        help="Accelerators that work on one prompt together.",
    ),
]
Parallel = Annotated[float, _share("Parallel efficiency", "Speed-up of these over their number.", low=0.01)]
Failures = Annotated[
    float,
    Field(
        label="Failures",
        unit="1/year",
        low=0,
        high=1000,
        whole=False,
        help="Failures of one accelerator per year that take its server down. Start: 0.17, Llama 3 training.",
    ),
]
Repair = Annotated[
    float,
    Field(label="Repair", unit="h", low=0, high=10_000, whole=False, help="Hours until a failed server is back."),
]
Pue = Annotated[
    float, Field(label="PUE", low=1, high=5, whole=False, help="Power at the meter over power of the servers.")
]
HostWatts = Annotated[
    float,
    Field(
        label="Host power",
        unit="W",
        low=0,
        high=10_000,
        whole=False,
        help="Power of CPUs, memory, NICs and fans, per accelerator.",
    ),
]
UsdPerKwh = Annotated[
    float, Field(label="Electricity", unit="USD/kWh", low=0, high=10, whole=False, help="Price of electricity.")
]
GramsPerKwh = Annotated[
    float, Field(label="Carbon", unit="g/kWh", low=0, high=2000, whole=False, help="Carbon of a kWh of electricity.")
]
Megawatts = Annotated[
    float | None,
    Field(
        label="Power budget",
        unit="MW",
        low=1e-3,
        high=100_000,
        whole=False,
        optional=True,
        help="Power at the meter that is there for accelerators. Empty: not asked.",
    ),
]
Years = Annotated[
    float, Field(label="Years", unit="years", low=0.5, high=20, whole=False, help="Years that a purchase serves.")
]
Hosting = Annotated[
    float,
    Field(
        label="Hosting",
        unit="USD/kW/month",
        low=0,
        high=10_000,
        whole=False,
        help="Price of space, cooling and connection per kW of IT power and month, electricity apart.",
    ),
]


class Ownership(Spec):
    """What owning rests on, for accelerators whose purchase price is set; start values are an example, not a quote."""

    years: Years = 4.0
    interest: Annotated[float, _share("Interest", "Interest per year on the capital.")] = 0.10
    resale: Annotated[float, _share("Resale", "Share of the purchase price that is returned at the end.")] = 0.10
    upkeep: Annotated[float, _share("Upkeep", "Maintenance and insurance per year, of the purchase price.")] = 0.03
    hosting: Hosting = 150.0


class Service(Spec):
    """Assumptions about how the fleet runs; each is editable, and shown with the result where it matters."""

    prefill_unit: UnitServers = None
    overlap: Overlap = 1.0
    core_bits: CoreBits = 16
    accelerators_per_prompt: Workers = 1
    parallel_efficiency: Parallel = 1.0
    failures_per_accelerator_year: Failures = INTERRUPTIONS_PER_ACCELERATOR_YEAR
    repair_hours: Repair = 24.0
    idle_share: Annotated[float, _share("Idle power", "Power of an idle accelerator over its TDP.")] = IDLE_SHARE_OF_TDP
    prefill_share: Annotated[float, _share("Prefill power", "Power of an accelerator in prefill over its TDP.")] = (
        PREFILL_SHARE_OF_TDP
    )
    decode_share: Annotated[float, _share("Decode power", "Power of an accelerator in decode over its TDP.")] = (
        DECODE_SHARE_OF_TDP
    )
    host_watts: HostWatts = 0.0
    pue: Pue = 1.25
    usd_per_kwh: UsdPerKwh = 0.08
    grams_per_kwh: GramsPerKwh = 400.0
    power_budget: Megawatts = None

    def rules(self) -> Iterable[Rule]:
        """Work never draws less than idling."""
        for name in ("prefill_share", "decode_share"):
            busy = getattr(self, name)
            values = {"idle_share": self.idle_share, name: busy}
            yield Rule(self.idle_share <= busy, f"idle_share must not exceed {name}", values)
