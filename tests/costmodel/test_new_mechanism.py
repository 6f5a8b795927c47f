"""What a new mechanism touches: four files. The recipe, and a mechanism that is added here and reaches every result.

To add an attention mechanism (an FFN mechanism alike, in costmodel/ffn/):

1. costmodel/attention/<name>.py: one class. Choose the base: `SoftmaxAttention` (a cache that grows),
   `RecurrentAttention` (a state that does not) or a mechanism that it extends. Give it `kind`, `label`, `formulas`,
   `starts`, `width_fields`; fields as `Annotated[int, Field(label=..., unit=..., low=..., high=..., help=...)]`; and
   the answers that differ from its base: what is stored, read and indexed, the FLOPs of core and indexer, projections,
   small parameters, the prefill form. Each formula cites where it stands.
2. costmodel/attention/__init__.py: the class in `AnyAttention` and `MECHANISMS`.
3. presets/models/<model>.toml: a model that uses it, with its sources.
4. tests/costmodel/mechanism_rows.py: its row, on which all laws are tested; its own published numbers beside it.

Links, sweep axes, app knobs, cost, bound, plan, search and explanation follow from the class.
"""

import re
import tokenize
import tomllib
from functools import cache
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pytest

import costmodel as cm
from costmodel import attention, ffn
from costmodel.attention import Gqa, RecurrentAttention
from costmodel.attention.base import Formulas
from costmodel.attention.fields import Heads
from costmodel.model import Model
from costmodel.paths import fields, update
from costmodel.units import Numeric

ROOT = Path(__file__).parents[2]
IMPORTER = ROOT / "costmodel" / "io" / "huggingface"
SOURCES = [path for folder in ("costmodel", "app") for path in (ROOT / folder).rglob("*.py")]
STEPS = [line for line in (__doc__ or "").splitlines() if re.match(r"\d\. ", line)]


@cache
def names_in(path: Path) -> frozenset[str]:
    """Names in the code of a module, words of its texts left out."""
    with path.open("rb") as file:
        return frozenset(token.string for token in tokenize.tokenize(file.readline) if token.type == tokenize.NAME)


class TopQuarter(Gqa):
    """Sparse attention of these tests: 8 FLOPs and 1 byte per index key choose a quarter of the context."""

    kind: Literal["top_quarter"] = "top_quarter"  # type: ignore[assignment]

    def has_indexer(self) -> bool:
        return True

    def read_tokens(self, context: Numeric) -> Numeric:
        return self.stored_tokens(context) / 4

    def indexed_tokens(self, context: Numeric) -> Numeric:
        return self.stored_tokens(context)

    def index_bytes(self, context: Numeric) -> Numeric:
        return self.indexed_tokens(context)

    def index_flops(self, context: Numeric) -> Numeric:
        return 8 * self.indexed_tokens(context)


class Counter(RecurrentAttention):
    """Recurrent layer of these tests: one number per head."""

    label: ClassVar[str] = "Counter"
    formulas: ClassVar[Formulas] = Formulas(kv="h b per step", core="2 h per step", linear="2 H h", rank="h")
    width_fields: ClassVar[tuple[str, ...]] = ()
    starts: ClassVar[dict[str, int]] = {"heads": 8}
    flops_per_state_element: ClassVar[int] = 2

    kind: Literal["counter"] = "counter"
    heads: Heads

    def state_elements(self) -> Numeric:
        return self.heads

    def linear_parameters(self, hidden: Numeric) -> Numeric:
        return 2 * hidden * self.heads

    def output_parameters(self, hidden: Numeric) -> Numeric:
        return hidden * self.heads

    def effective_rank(self) -> Numeric:
        return self.heads


class WiderModel(Model):
    """A model whose attention stack may hold the mechanisms of these tests."""

    attention: tuple[TopQuarter | Counter, ...]  # type: ignore[assignment]


PRESET = """
id = "invented"
name = "Invented"
hidden = 1024
vocabulary = 1000

[[attention]]
layers = 8
kind = "top_quarter"
heads = 16
kv_heads = 2
head_dim = 128

[[attention]]
layers = 40
kind = "counter"
heads = 64

[[ffn]]
layers = 40
kind = "dense"
intermediate = 4096

[[sources]]
title = "Invented for a test"
locator = "everything"
covers = ["attention", "ffn", "hidden", "vocabulary"]
"""


@pytest.fixture(scope="module")
def scenario() -> cm.Scenario:
    model = WiderModel(**tomllib.loads(PRESET))
    accelerators = tuple(cm.load_accelerator(name) for name in ("h800", "h20"))
    return cm.Scenario(model=model, accelerators=accelerators, workload=cm.Workload(context=8192))


def test_the_recipe_names_four_files() -> None:
    assert len(STEPS) == 4
    for place in ("costmodel/attention/__init__.py", "presets/models", "tests/costmodel/mechanism_rows.py"):
        assert (ROOT / place).exists()


@pytest.mark.parametrize("kind", [*attention.MECHANISMS, *ffn.MECHANISMS], ids=lambda kind: kind.tag())
def test_only_its_own_file_and_the_union_name_a_mechanism(kind: type) -> None:
    """Outside its stack nothing does, but the readers of files that describe models, and the public face."""
    stack = Path(kind.__module__.replace(".", "/")).parent
    outside = [path for path in SOURCES if path.parent != ROOT / stack and IMPORTER not in path.parents]
    naming = {path.relative_to(ROOT).as_posix() for path in outside if kind.__name__ in names_in(path)}
    assert naming <= {"costmodel/__init__.py"}


def test_a_new_mechanism_has_links_axes_and_knobs(scenario: cm.Scenario) -> None:
    assert {"attention.0.kv_heads", "attention.1.state_bits", "attention.1.heads"} <= set(fields(scenario))


def test_a_new_mechanism_costs_as_its_class_computes(scenario: cm.Scenario) -> None:
    work = scenario.model.decode_work(scenario.workload)
    assert work.kv_bytes == 8 * 512 * 2048 + 40 * 2 * 64 * 4
    assert work.core_flops == 8 * 4 * 16 * 128 * 2048 + 40 * 2 * 64
    assert (work.index_bytes, work.index_flops) == (8 * 8192, 8 * 8 * 8192)
    assert scenario.model.sequence_bytes(8192) == 8 * 512 * 8192 + 40 * 64 * 4


def test_the_indexer_adds_a_maximum_of_its_own(scenario: cm.Scenario) -> None:
    h20 = scenario.accelerators[1]
    work = scenario.model.decode_work(scenario.workload)
    seconds = cm.attention_seconds(work, h20)
    assert seconds.index == pytest.approx(8 * 8192 / h20.bytes_per_second)
    assert seconds.total == pytest.approx((work.kv_bytes + work.index_bytes) / h20.bytes_per_second + seconds.linear)


def test_bound_separates_core_and_indexer(scenario: cm.Scenario) -> None:
    bound = cm.attention_bound(scenario.model, scenario.accelerators[0], scenario.workload)
    assert bound.memory
    assert bound.indexer is not None
    assert bound.indexer.memory
    assert bound.indexer.intensity == 8
    assert bound.indexer.ridge == bound.ridge
    plain = cm.attention_bound(cm.load_model("step-3"), scenario.accelerators[0], scenario.workload)
    assert plain.indexer is None


def test_a_new_mechanism_is_planned_and_explained(scenario: cm.Scenario) -> None:
    on = dict(zip(("ffn_on", "attention_on"), scenario.accelerators, strict=True))
    plan = cm.pair_plan(scenario.model, **on, workload=scenario.workload)
    assert plan.feasible
    assert [group.layers for group in plan.attention_groups] == [8, 32]
    assert any(term.symbol == "scored 0" for each in cm.explain(scenario) for term in each.terms)


def test_a_new_mechanism_takes_arrays(scenario: cm.Scenario) -> None:
    heads = np.array([16, 32])
    many = update(scenario, {"attention.0.heads": heads})
    for index, count in enumerate(heads.tolist()):
        one = cm.load_accelerator("h800"), update(scenario, {"attention.0.heads": np.array([count])})
        total = cm.attention_seconds(many.model.decode_work(many.workload), one[0]).total
        alone = cm.attention_seconds(one[1].model.decode_work(one[1].workload), one[0]).total
        assert total[index] == alone[0]
