"""Strategies for scenarios anywhere in the space that a link can describe."""

from typing import Any

from hypothesis import strategies as st

import costmodel as cm
from costmodel.mechanism import Mechanism
from costmodel.model import STACKS
from costmodel.paths import fields, replace_valid
from costmodel.spec import Choice, Field

CARD_IDS = st.from_regex(r"[a-z0-9][a-z0-9\-]{0,12}", fullmatch=True).filter(lambda name: name not in cm.accelerators())


def field_values(mark: Field | Choice) -> st.SearchStrategy[Any]:
    """Anything that the field takes: its ends, its stops and what lies between them."""
    if isinstance(mark, Choice) or mark.choices:
        return st.sampled_from(mark.choices)
    ends = st.sampled_from([mark.low, mark.high])
    if mark.whole:
        found: st.SearchStrategy[Any] = ends | st.integers(int(mark.low), int(mark.high))
        found = found | st.sampled_from(mark.stops) if mark.stops else found
    else:
        found = ends | st.floats(mark.low, mark.high)
        if int(mark.low) < int(mark.high):
            found = found | st.integers(int(mark.low) + 1, int(mark.high))
    return found | st.none() if mark.optional else found


@st.composite
def custom_cards(draw: st.DrawFn) -> cm.Accelerator:
    """An accelerator of a user, with any of its fields set."""
    values = {name: draw(field_values(mark)) for name, mark in cm.Accelerator.quantities().items()}
    if values["nics_per_server"] is None or values["nic_bits_per_second"] is None:
        values |= {"nics_per_server": None, "nic_bits_per_second": None}
    return cm.Accelerator.custom(draw(CARD_IDS), **values)


@st.composite
def card_lists(draw: st.DrawFn) -> list[cm.Accelerator]:
    """Presets and custom accelerators in any order."""
    presets = draw(st.lists(st.sampled_from(cm.accelerators()), min_size=1, max_size=5, unique=True))
    own = draw(st.lists(custom_cards(), max_size=2, unique_by=lambda accelerator: accelerator.id))
    return draw(st.permutations([cm.load_accelerator(name) for name in presets] + own))


@st.composite
def stacks(draw: st.DrawFn, name: str, base: tuple[Mechanism, ...], depth: int) -> tuple[Mechanism, ...]:
    """Some groups of any mechanism, `depth` layers together, each converted from a group of the base."""
    cuts = draw(st.sets(st.integers(1, depth - 1), max_size=3))
    ends = [*sorted(cuts), depth]
    layers = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    groups = []
    for index, count in enumerate(layers):
        start = base[min(index, len(base) - 1)]
        kind = draw(st.sampled_from(STACKS[name]))
        group = start if isinstance(start, kind) else kind.like(start)[0]
        groups.append(group.replace(layers=count))
    return tuple(groups)


@st.composite
def scenarios(draw: st.DrawFn) -> cm.Scenario:
    """A preset, possibly with other mechanisms, accelerators and up to a dozen changed fields, as far as they fit
    together.
    """
    model = cm.load_model(draw(st.sampled_from(cm.models())))
    if draw(st.booleans()):
        depth = draw(st.integers(2, 200))
        model = model.replace(**{name: draw(stacks(name, getattr(model, name), depth)) for name in STACKS})
    scenario = cm.Scenario(model=model, accelerators=draw(card_lists()), workload=cm.Workload(context=8192))
    if draw(st.booleans()):
        scenario = scenario.replace(placement=cm.Placement())
    known = fields(scenario)
    changes = {
        path: draw(field_values(known[path]))
        for path in draw(st.lists(st.sampled_from(list(known)), max_size=12, unique=True))
    }
    return replace_valid(scenario, changes)[0]
