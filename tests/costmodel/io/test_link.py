"""Links: exact for every scenario, readable, and never failing whatever they hold."""

import re
from urllib.parse import quote, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.io.link import (
    DEFAULT_ACCELERATORS,
    LONGEST_VALUE,
    MOST_PARAMETERS,
    Link,
    default_scenario,
    from_pairs,
    from_query,
    to_pairs,
    to_query,
)
from costmodel.io.numbers import read, write
from costmodel.paths import fields, update, value
from costmodel.spec import Field
from tests.costmodel.random_scenarios import scenarios

STRUCTURE = (
    "v",
    "model",
    "accelerators",
    "attention.groups",
    "ffn.groups",
    "attention.0.kind",
    "ffn.1.kind",
    "placement",
)
NAMES = [
    *fields(default_scenario()),
    *STRUCTURE,
    "accelerators.x.usd_per_hour",
    "ffn.2.experts",
    "title",
    "placement.data_parallel",
]
TEXTS = st.sampled_from(
    ["given", "gqa", "mla", "moe", "dense", "0", "8", "64", "1e9", "none", "step-3", "h800,x", "qwen3-32b"]
)


BESIDE = "utm_source=mail&utm_campaign=x&fbclid=x&gclid=y&ref=z&ref=twice&page.compare.on=afd"
"""What a link holds that says nothing about the scenario: what other sites add to it, and settings of pages."""


def problem(query: str) -> cm.Problem:
    """The one thing that is wrong with a link whose other parameters are applied, or not used because of it."""
    first, *others = from_query(query).problems
    assert all(each.reason.startswith("is not used: ") for each in others), others
    return first


@given(scenario=scenarios())
def test_a_link_gives_back_exactly_its_scenario(scenario: cm.Scenario) -> None:
    link = from_query(to_query(scenario))
    assert link.problems == ()
    assert link.scenario == scenario


@given(scenario=scenarios())
def test_a_link_that_is_read_and_written_again_is_the_same_text(scenario: cm.Scenario) -> None:
    query = to_query(scenario)
    assert to_query(from_query(query).scenario) == query


@given(scenario=scenarios(), data=st.data())
def test_the_order_of_the_parameters_of_a_link_does_not_matter(scenario: cm.Scenario, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(to_pairs(scenario)))
    assert from_pairs(shuffled).scenario == scenario


@given(query=st.text(max_size=300))
@example("attention.00009.kind=mla")
@example("attention.0.x.kind=mla")
@example("attention.groups=00018")
@example("accelerators=" + "," * 1000)
@example("v=1&v=2&v=3")
@example("&=&;=%00%ff%zz")
def test_any_text_is_read_as_a_link_to_a_valid_scenario(query: str) -> None:
    scenario = from_query(query).scenario
    scenario.model.check_relations()
    assert from_query(to_query(scenario)).scenario == scenario


@given(
    pairs=st.lists(
        st.tuples(st.sampled_from(NAMES) | st.text(max_size=20), TEXTS | st.text(max_size=20) | st.floats().map(str)),
        max_size=15,
    )
)
def test_any_values_of_known_parameters_give_a_valid_scenario(pairs: list[tuple[str, str]]) -> None:
    scenario = from_query(urlencode(pairs)).scenario
    scenario.model.check_relations()
    assert from_query(to_query(scenario)).scenario == scenario
    assert cm.report(scenario)["metrics"]


@given(pairs=st.lists(st.tuples(st.sampled_from(NAMES), TEXTS), max_size=15, unique_by=lambda pair: pair[0]))
def test_every_field_of_a_link_is_applied_or_named_in_a_problem(pairs: list[tuple[str, str]]) -> None:
    link = from_pairs(pairs)
    named = {problem.field for problem in link.problems}
    known = fields(link.scenario)
    for name, text in pairs:
        if name in known and name not in named:
            assert value(link.scenario, name) == read(known[name], text)
        elif name not in known and name not in STRUCTURE:
            assert name in named


def test_the_default_scenario_is_the_empty_link() -> None:
    assert from_query("") == Link(default_scenario(), ())
    assert to_query(default_scenario()) == "v=2&model=step-3"


@pytest.mark.parametrize("name", cm.models())
def test_a_link_to_a_preset_holds_nothing_but_its_name(name: str) -> None:
    assert to_query(default_scenario(name)) == f"v=2&model={name}"


def test_link_holds_differences_in_a_stable_order() -> None:
    scenario = update(
        default_scenario(accelerators=["h800", "h20"]),
        {"workload.context": 32768, "accelerators.h20.usd_per_hour": 0.9, "attention.0.heads": 96},
    )
    assert to_query(scenario) == (
        "v=2&model=step-3&accelerators=h800.h20&attention.0.heads=96&accelerators.h20.usd_per_hour=0.9&workload.context=32768"
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.1 + 0.2, "0.30000000000000004"), (1.98e15, "1.98e15"), (3e12, "3e12"), (1.25e10, "1.25e10"), (2e14, "2e14")],
)
def test_numbers_are_written_short_and_read_back_exactly(number: float, text: str) -> None:
    accelerator = "accelerators.h800.usd_per_hour" if number < 1 else "accelerators.h800.bf16_flops_per_second"
    scenario = update(default_scenario(), {accelerator: number})
    assert dict(to_pairs(scenario))[accelerator] == text
    assert value(from_query(to_query(scenario)).scenario, accelerator) == number


@given(number=st.floats(1e-4, 100), count=st.integers(1, 10_000_000))
def test_a_number_reads_back_exactly_as_it_was_written(number: float, count: int) -> None:
    assert read(cm.Sla.quantities()["tpot"], write(number)) == number
    assert read(cm.Workload.quantities()["context"], write(count)) == count


def test_link_of_a_changed_mechanism_holds_kind_and_differences() -> None:
    gqa, _ = cm.Gqa.like(cm.load_model("step-3").attention[0])
    scenario = default_scenario()
    changed = scenario.replace(model=scenario.model.replace(attention=(gqa.replace(kv_heads=8),)))
    assert to_query(changed) == "v=2&model=step-3&attention.0.kind=gqa&attention.0.kv_heads=8"
    assert from_query(to_query(changed)).scenario == changed


def test_custom_accelerator_is_complete_in_the_link() -> None:
    accelerator = cm.Accelerator.custom("mine", bf16_flops_per_second=1e15, bytes_per_second=4e12, usd_per_hour=1.5)
    scenario = default_scenario().replace(accelerators=[cm.load_accelerator("h800"), accelerator])
    assert "accelerators=h800.mine" in to_query(scenario)
    assert from_query(to_query(scenario)).scenario.accelerators[1] == accelerator


BAD = {
    "unknown preset": ("model=gpt-9", "model", "unknown model preset 'gpt-9'"),
    "path in a preset name": ("model=../../etc/passwd", "model", "unknown model preset '../../etc/passwd'"),
    "HTML in a preset name": ("model=" + quote("<script>alert(1)</script>"), "model", "unknown model preset '<script"),
    "near miss of a preset": ("model=step3", "model", "did you mean step-3"),
    "unknown field": ("attention.0.head=64", "attention.0.head", "did you mean attention.0.heads"),
    "text for a number": ("attention.0.heads=many", "attention.0.heads", "a whole number from 1 to 1,024"),
    "empty value": ("attention.0.heads=", "attention.0.heads", "'' is not allowed"),
    "fraction for a count": ("attention.0.heads=64.5", "attention.0.heads", "'64.5' is not allowed"),
    "too large for a float": ("accelerators.h800.usd_per_hour=1e400", "accelerators.h800.usd_per_hour", "is not all"),
    "not a number": ("workload.accepted_length=nan", "workload.accepted_length", "'nan' is not allowed"),
    "infinity": ("accelerators.h800.usd_per_hour=inf", "accelerators.h800.usd_per_hour", "'inf' is not allowed"),
    "negative": ("workload.context=-5", "workload.context", "-5 is not allowed; must be a whole number from 1"),
    "10,000 digits": ("workload.context=" + "9" * 10_000, "workload.context", "longer than 1,500"),
    "1,000 digits": ("workload.context=" + "9" * 1_000, "workload.context", "is not allowed"),
    "a name of 200 characters": ("x" * 200 + "=1", "x" * 100, "has a name of more than 100 characters"),
    "given twice": ("workload.context=1&workload.context=2", "workload.context", "given twice; neither"),
    "HTML in a value": ("workload.context=" + quote("<b>1</b>"), "workload.context", "'<b>1</b>' is not allowed"),
    "Arabic digits": ("workload.context=" + quote("٣٢"), "workload.context", "is not allowed"),
    "full-width digits": ("workload.context=" + "\uff18" * 4, "workload.context", "is not allowed"),
    "digits with underscores": ("workload.context=8_192", "workload.context", "'8_192' is not allowed"),
    "hexadecimal": ("workload.context=0x20", "workload.context", "'0x20' is not allowed"),
    "spaces": ("workload.context=%208192", "workload.context", "is not allowed"),
    "another version": ("v=3", "v", "only versions 1 and 2"),
    "unknown accelerator": ("accelerators=h800,h900", "accelerators", "unknown accelerator 'h900'"),
    "accelerator listed twice": ("accelerators=h800,h800", "accelerators", "'h800' is listed twice"),
    "path in an accelerator name": ("accelerators=h800,../x", "accelerators", "unknown accelerator '../x'"),
    "unknown mechanism": ("attention.0.kind=mamba3", "attention.0.kind", "must be one of gqa, mla, mfa, dsa"),
    "no such group": ("attention.7.kind=mla", "attention.7.kind", "no such layer group"),
    "group with leading zeros": ("attention.00009.kind=mla", "attention.00009.kind", "unknown parameter"),
    "too many groups": ("attention.groups=9", "attention.groups", "must be 1 to 8"),
    "word outside the choices": (
        "model=deepseek-v3&attention.0.accounting=mine",
        "attention.0.accounting",
        "paper, ex",
    ),
    "precision outside the list": ("attention.0.kv_bits=7", "attention.0.kv_bits", "must be one of 1, 2, 3"),
    "custom accelerator with half its values": (
        "accelerators=h800,mine&accelerators.mine.bytes_per_second=1e12",
        "accelerators.mine.bf16_flops_per_second",
        "Field required",
    ),
    "custom accelerator with an unknown field": (
        "accelerators=h800,mine&accelerators.mine.speed=1e12",
        "accelerators.mine.speed",
        "unknown parameter",
    ),
    "parameter of an accelerator that is not listed": (
        "accelerators=h800&accelerators.h20.usd_per_hour=1",
        "accelerators.h20.usd_per_hour",
        "unknown parameter",
    ),
    "heads that KV heads do not divide": (
        "model=qwen3-32b&attention.0.heads=65",
        "attention.0.heads",
        "kv_heads must divide heads, got heads = 65, kv_heads = 8",
    ),
    "more active experts than there are": ("ffn.1.experts=2", "ffn.1.experts", "must not exceed experts"),
    "more accepted than drafted": ("workload.accepted_length=2", "workload.accepted_length", "must not exceed draft"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_parameter_is_named_with_its_reason(case: str) -> None:
    query, field, reason = BAD[case]
    found = problem(query)
    assert found.field == field
    assert reason in found.reason
    assert len(found.reason) < 500


@pytest.mark.parametrize("case", BAD)
def test_what_is_good_beside_a_bad_parameter_is_applied(case: str) -> None:
    query, field, _ = BAD[case]
    link = from_query(f"{query}&sla.tpot=0.1")
    assert link.scenario.sla.tpot == 0.1
    assert field in {problem.field for problem in link.problems}


def test_a_bad_value_leaves_the_field_at_its_preset() -> None:
    assert from_query("workload.context=lots").scenario == default_scenario()


def test_relations_apply_to_the_whole_link() -> None:
    link = from_query("model=qwen3-32b&attention.0.heads=60&attention.0.kv_heads=6")
    assert link.problems == ()
    assert (link.scenario.model.attention[0].heads, link.scenario.model.attention[0].kv_heads) == (60, 6)


def test_unusable_accelerators_fall_back_to_the_paper_and_report() -> None:
    link = from_query("accelerators=nothing,of,this")
    assert tuple(accelerator.id for accelerator in link.scenario.accelerators) == DEFAULT_ACCELERATORS
    assert [problem.field for problem in link.problems] == ["accelerators"] * 4
    assert "the paper's four are used" in link.problems[-1].reason


def test_more_parameters_than_any_scenario_has_are_not_read() -> None:
    query = "&".join(f"p{number}=1" for number in range(MOST_PARAMETERS + 5)) + "&workload.context=1"
    link = from_query(query)
    assert link.scenario == default_scenario()
    assert any("more than 800 parameters" in problem.reason for problem in link.problems)


def test_foreign_parameters_are_ignored_and_lookalikes_are_not() -> None:
    assert from_query(f"{BESIDE}&attention.0.heads=96") == from_query("attention.0.heads=96")
    assert problem("refs=1").field == "refs"
    assert problem("autm_source=mail").field == "autm_source"


def test_a_flood_of_parameters_is_refused_as_a_whole() -> None:
    assert "more than 2400 parameters" in problem("&".join("a=1" for _ in range(2600))).reason


def test_longest_possible_link_is_read_whole() -> None:
    base = cm.load_model("step-3")
    attention = cm.Mla.like(base.attention[0])[0].replace(
        heads=9, query_rank=99, kv_rank=99, rope_dim=9, nope_dim=9, value_dim=9, accounting="exact", kv_bits=4,
        compute_bits=16, linear_bits=16, weight_bits=4, window=99, layers=1,
    )  # fmt: skip
    ffn = base.ffn[1].replace(layers=1, experts=9, top_k=2, shared=2, intermediate=9, compute_bits=16, weight_bits=4)
    model = base.replace(hidden=9, vocabulary=9, embedding_bits=4, attention=[attention] * 8, ffn=[ffn] * 8)
    every = {name: mark.high for name, mark in cm.Accelerator.quantities().items() if isinstance(mark, Field)}
    accelerators = [cm.Accelerator.custom(f"{number:032}", **every) for number in range(24)]
    scenario = cm.Scenario(
        model=model,
        accelerators=accelerators,
        workload=cm.Workload(context=9, draft_length=9, accepted_length=9),
        sla=cm.Sla(tpot=9, stages=4),
    )
    own = scenario.replace(model=model.replace(id="mine"))
    edited = own.replace(model=model.replace(id="mine", attention=base.attention[:1] * 8, ffn=base.ffn[:1] * 8))
    for each in (scenario, own, cm.edited(own, edited)):
        link = from_query(to_query(each))
        assert link.problems == ()
        assert to_query(link.scenario) == to_query(each)
    assert from_query(to_query(scenario)).scenario == scenario


@given(text=st.text(min_size=1, max_size=LONGEST_VALUE))
def test_a_hostile_text_never_floods_a_problem(text: str) -> None:
    pairs = [
        ("model", text),
        ("accelerators", text),
        ("workload.context", text),
        (text, text),
        ("attention.0.kind", text),
    ]
    for found in from_pairs(pairs).problems:
        assert len(found.field) <= 100 or found.field.startswith("accelerators.")
        assert len(found.reason) < 1000


def test_values_are_written_without_characters_that_need_escapes() -> None:
    query = to_query(from_query("model=deepseek-v3&attention.0.accounting=exact&accelerators=h800,h20").scenario)
    assert re.fullmatch(r"[a-z0-9_.,=&\-]+", query)


def test_every_parameter_of_a_broken_accelerator_is_named() -> None:
    given = {"bf16_flops_per_second": "0", "bytes_per_second": "-1", "usd_per_hour": "2", "speed": "1"}
    link = from_query("accelerators=x&" + urlencode({f"accelerators.x.{name}": text for name, text in given.items()}))
    reasons = {problem.field.removeprefix("accelerators.x."): problem.reason for problem in link.problems}
    assert reasons.keys() == {*given, "accelerators"}
    assert "must be a number from" in reasons["bf16_flops_per_second"]
    assert "must be a number from" in reasons["bytes_per_second"]
    assert reasons["usd_per_hour"] == "is not used: there is no accelerator x without the others"
    assert reasons["speed"].startswith("unknown parameter")
