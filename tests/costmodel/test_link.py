"""Links and scenario files: what is written reads back to the same scenario, and reading never fails."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.link import MOST_PARAMETERS, default_scenario
from costmodel.paths import replace
from costmodel.text import read, write
from costmodel.workload import Workload

EVERY_MODEL = pytest.mark.parametrize("name", cm.models())

CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "attention.0.heads": st.integers(1, 128).map(lambda groups: 8 * groups),
    "attention.0.kv_bits": st.sampled_from([2, 4, 8, 16]),
    "hidden": st.integers(1, 1_000_000),
    "workload.context": st.integers(1, 10_000_000),
    "sla.tpot": st.floats(1e-4, 100),
    "accelerators.h20.usd_per_hour": st.none() | st.floats(1e-6, 10_000),
    "accelerators.h800.bytes_per_second": st.floats(1e6, 1e16),
}


@st.composite
def scenarios(draw: st.DrawFn) -> cm.Scenario:
    cards = draw(st.permutations(["h800", "h20", "a800", "b200"]))
    scenario = default_scenario(draw(st.sampled_from(cm.models())), cards)
    paths = draw(st.lists(st.sampled_from(sorted(CHANGES)), unique=True))
    return replace(scenario, {path: draw(CHANGES[path]) for path in paths})


@given(scenarios())
def test_a_scenario_survives_a_link(scenario: cm.Scenario) -> None:
    link = cm.from_query(cm.to_query(scenario))
    assert link.problems == ()
    assert link.scenario == scenario


@given(scenarios(), st.text(max_size=60))
def test_a_scenario_survives_a_file_whatever_its_title(scenario: cm.Scenario, title: str) -> None:
    file = cm.from_toml(cm.to_toml(scenario, title=title, summary="a summary"))
    assert file.link.problems == ()
    assert file.link.scenario == scenario
    assert file.title == "".join(char for char in title if char.isprintable())


@EVERY_MODEL
def test_a_link_to_a_preset_holds_nothing_but_its_name(name: str) -> None:
    assert cm.to_query(default_scenario(name)) == f"v=1&model={name}"


def test_a_link_holds_a_preset_and_what_differs_from_it() -> None:
    scenario = replace(default_scenario(), {"attention.0.heads": 96, "workload.context": 32768})
    assert cm.to_query(scenario) == "v=1&model=step-3&attention.0.heads=96&workload.context=32768"


@pytest.mark.parametrize(
    ("parameter", "reason"),
    [
        ("workload.context=0", "0 is not allowed; must be a whole number from 1"),
        ("workload.context=NaN", "'NaN' is not allowed"),
        ("workload.context=8192.5", "must be a whole number"),
        ("workload.context=1e400", "must be a whole number"),
        ("sla.tpot=inf", "'inf' is not allowed"),
        ("sla.tpot=1e999", "is not allowed"),
        ("workload.contxt=1", "did you mean workload.context"),
        ("attention.0.heads=__import__('os')", "is not allowed"),
        ("attention.7.heads=8", "unknown parameter"),
        ("attention.0.kind=mhla", "must be one of gqa, mla, mfa, lightning"),
        ("attention.groups=99", "must be 1 to 8"),
        ("ffn.1.top_k=49", "top_k must not exceed experts"),
        ("model=../../etc/passwd", "unknown model preset"),
        ("cards=../h20", "unknown accelerator"),
        ("v=2", "only version 1"),
        ("attention.0.heads=8&attention.0.heads=16", "given twice"),
        ("hidden=" + "9" * 5000, "longer than"),
    ],
)
def test_a_bad_parameter_is_named_with_its_reason_and_the_rest_still_applies(parameter: str, reason: str) -> None:
    link = cm.from_query(f"vocabulary=1000&{parameter}")
    name = parameter.partition("=")[0].partition(".")[0]
    assert any(reason in problem.reason and problem.field.startswith(name) for problem in link.problems)
    assert link.scenario.model.vocabulary == 1000


@given(st.text(max_size=400) | st.lists(st.text(max_size=20), max_size=20).map("&".join))
def test_reading_a_link_never_fails_and_its_problems_stay_short(query: str) -> None:
    link = cm.from_query(query)
    assert isinstance(link.scenario, cm.Scenario)
    assert all(len(str(problem)) < 600 for problem in link.problems)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*CHANGES, "model", "cards", "attention.groups", "attention.0.kind", "ffn.1.layers", "v"]),
            st.sampled_from(["0", "1", "61", "none", "gqa", "mla", "-1", "1e3", "h20,h20", "step-3", "", "٣", "1_0"]),
        ),
        max_size=8,
    )
)
def test_any_mixture_of_known_names_and_doubtful_values_gives_a_valid_scenario(pairs: list[tuple[str, str]]) -> None:
    link = cm.from_query("&".join(f"{name}={text}" for name, text in pairs))
    assert link.scenario == link.scenario.replace(model=link.scenario.model.replace())
    assert cm.report(link.scenario)["metrics"]


def test_a_link_of_too_many_parameters_is_cut_and_says_so() -> None:
    query = "&".join(f"x{number}=1" for number in range(MOST_PARAMETERS + 1))
    assert any("more than" in problem.reason for problem in cm.from_query(query).problems)


@pytest.mark.parametrize("text", ["a = ", "a = " + "[" * 30_000, "hidden = " + "9" * 5000, "#" * 100_000])
def test_a_file_that_is_no_scenario_is_refused(text: str) -> None:
    with pytest.raises(cm.PresetError, match=r"TOML|characters"):
        cm.from_toml(text)


@given(st.floats(1e-4, 100))
def test_a_number_reads_back_exactly_as_it_was_written(number: float) -> None:
    assert read(cm.Sla.quantities()["tpot"], write(number)) == number


@given(st.integers(1, 10_000_000))
def test_a_count_reads_back_exactly_as_it_was_written(count: int) -> None:
    assert read(Workload.quantities()["context"], write(count)) == count


@pytest.mark.parametrize("name", cm.scenarios())
def test_every_scenario_preset_loads_without_a_problem_and_has_a_title(name: str) -> None:
    file = cm.load_scenario(name)
    assert file.title
    assert file.summary
    assert file.link.problems == ()
