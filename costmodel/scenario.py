"""A model, candidate accelerators, prices, workload, SLA, rates, requests and demand: the input of every analysis."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from costmodel.accelerator import Accelerator
from costmodel.daily_demand import DailyDemand
from costmodel.errors import CostModelError
from costmodel.io.presets import accelerators, load_accelerator, load_model, load_price_book, price_book_id
from costmodel.model import Model
from costmodel.placement import Placement
from costmodel.request_mix import RequestMix
from costmodel.service import Ownership, Service
from costmodel.sla import Sla
from costmodel.spec import Choice, Field, Reference, Rule, Spec
from costmodel.workload import Workload

MOST_ACCELERATORS = 24
ANY = "any"
PRESET_PRICES = "preset"
MINE = "mine"
"""The price book that a user fills in: it prices nothing until then."""

Pool = Literal["attention_on", "ffn_on", "prefill_on"]
Objective = Literal["usd", "throughput", "accelerators"]
RatesKind = Literal["ideal", "kernels", "measured", "measured-fa3"]

Prices = Annotated[
    str,
    Reference(
        label="Price book",
        choices=(PRESET_PRICES, MINE),
        help="Where prices come from: a price book; `preset`, the price in each accelerator's own preset; or `mine`, "
        "only what was entered.",
    ),
]
RatesOf = Annotated[
    RatesKind,
    Choice(
        label="Rates",
        choices=("ideal", "kernels", "measured", "measured-fa3"),
        help="ideal: peak rates. kernels: every kernel's measured time, fixed parts included; those not measured on an "
        "accelerator are borrowed. measured: shares of peak that kernels were measured to reach. measured-fa3: those "
        "with FlashAttention-3 query tiles.",
    ),
]
AttentionOn = Annotated[
    str, Reference(label="Attention on", choices=(ANY,), help="Accelerator of the attention pool; any: the best one.")
]
FfnOn = Annotated[
    str, Reference(label="FFN on", choices=(ANY,), help="Accelerator of the FFN pool; any: the best one.")
]
PrefillOn = Annotated[
    str, Reference(label="Prefill on", choices=(ANY,), help="Accelerator of the prefill pool; any: the best one.")
]
Best = Annotated[
    Objective,
    Choice(
        label="Objective",
        choices=("usd", "throughput", "accelerators"),
        help="usd: least USD per token. throughput: most tokens per accelerator. accelerators: fewest of them.",
    ),
]
LargestPool = Annotated[
    int,
    Field(
        label="Largest pool",
        unit="servers",
        low=1,
        high=4096,
        stops=(16, 32, 64, 128, 256, 512, 1024, 2048, 4096),
        help="Servers of one pool that would be deployed at most; a plan that would gain from more says so.",
    ),
]


class Scenario(Spec):
    """The input that links, files, pages, the API and every high-level function share.

    `model` and `accelerators` may be given as preset names. `prices` names a price book: accelerators that still have
    the price of their preset (or of another book) take the price of the book, None where it has none; a price that was
    set by hand stays. `placement` is that of deployments without AFD; None: attention data-parallel, experts over all
    accelerators, as many servers as are best.
    """

    model: Model
    accelerators: tuple[Accelerator, ...]
    workload: Workload
    sla: Sla = Sla()
    prices: Prices = PRESET_PRICES
    rates: RatesOf = "ideal"
    attention_on: AttentionOn = ANY
    ffn_on: FfnOn = ANY
    prefill_on: PrefillOn = ANY
    objective: Best = "usd"
    largest_pool: LargestPool = 64
    placement: Placement | None = None
    request: RequestMix = RequestMix()
    demand: DailyDemand = DailyDemand()
    service: Service = Service()
    ownership: Ownership = Ownership()

    @model_validator(mode="before")
    @classmethod
    def _resolve(cls, data: object) -> object:
        """Preset names become presets, and prices those of the book."""
        if not isinstance(data, Mapping):
            return data
        given = dict(data)
        try:
            if isinstance(given.get("model"), str):
                given["model"] = load_model(given["model"])
            if isinstance(given.get("prices"), str):
                given["prices"] = price_book_id(given["prices"])
            listed = given.get("accelerators")
            if isinstance(listed, list | tuple):
                named = [load_accelerator(each) if isinstance(each, str) else each for each in listed]
                given["accelerators"] = [_at_book_price(each, given.get("prices")) for each in named]
        except CostModelError as error:
            raise PydanticCustomError("domain", "{text}", {"text": str(error)}) from None
        return given

    def rules(self) -> Iterable[Rule]:
        """Accelerators are distinct, and pools are chosen among them."""
        ids = [accelerator.id for accelerator in self.accelerators]
        text = f"accelerators must be 1 to {MOST_ACCELERATORS}"
        yield Rule(1 <= len(ids) <= MOST_ACCELERATORS, text, {"accelerators": len(ids)})
        yield Rule(len(set(ids)) == len(ids), "accelerators must have distinct ids", {"ids": ", ".join(ids)})
        for name in ("attention_on", "ffn_on", "prefill_on"):
            chosen = getattr(self, name)
            known = f"{name} must be {ANY} or an accelerator of the scenario ({', '.join(ids)})"
            yield Rule(chosen in (ANY, *ids), known, {name: chosen})

    def candidates(self, pool: Pool) -> tuple[Accelerator, ...]:
        """The accelerators that a pool may use: all of them, or the one that is named."""
        chosen = getattr(self, pool)
        return tuple(each for each in self.accelerators if chosen in (ANY, each.id))

    @property
    def own_prices(self) -> tuple[str, ...]:
        """Ids of the accelerators whose price is not that of the scenario's price book; none in the book `mine`."""
        if self.prices == MINE:
            return ()
        return tuple(
            each.id
            for each in self.accelerators
            if each.id not in accelerators() or each.usd_per_hour != _book_price(each.id, self.prices)
        )


def priced(accelerator: Accelerator, prices: str) -> Accelerator:
    """The accelerator at the price of a book, unless its price was set by hand or it is no preset."""
    if accelerator.price_book == prices or accelerator.id not in accelerators():
        return accelerator
    by_hand = accelerator.usd_per_hour != _book_price(accelerator.id, accelerator.price_book)
    price = accelerator.usd_per_hour if by_hand else _book_price(accelerator.id, prices)
    return accelerator.model_copy(update={"usd_per_hour": price, "price_book": prices})


def _at_book_price(accelerator: Any, prices: Any) -> Any:
    """`priced` where both are valid; anything else is left to the fields to refuse."""
    if not isinstance(accelerator, Accelerator):
        return accelerator
    return priced(accelerator, prices if isinstance(prices, str) else PRESET_PRICES)


def with_own_prices(scenario: Scenario) -> Scenario:
    """The scenario with the book `mine`, which starts at the present prices."""
    held = [each.model_copy(update={"price_book": MINE}) for each in scenario.accelerators]
    return scenario.replace(prices=MINE, accelerators=held)


def _book_price(accelerator_id: str, prices: str) -> float | None:
    if prices == MINE:
        return None
    if prices == PRESET_PRICES:
        return load_accelerator(accelerator_id).usd_per_hour
    return load_price_book(prices).price_of(accelerator_id)
