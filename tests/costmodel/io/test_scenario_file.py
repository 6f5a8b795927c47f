"""Scenario files: exact round trip, and a named reason for everything a file can have wrong with it."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.io import scenario_file
from costmodel.io.link import default_scenario
from costmodel.io.scenario_file import LARGEST_FILE, LONGEST_LINE, from_toml, load_scenario, scenarios, to_toml
from tests.costmodel import random_scenarios

DEEP = ".".join("a" * 900)
HEXADECIMAL = "0x" + "F" * 1900


@given(scenario=random_scenarios.scenarios())
def test_a_file_gives_back_exactly_its_scenario(scenario: cm.Scenario) -> None:
    file = from_toml(to_toml(scenario))
    assert file.link.problems == ()
    assert file.link.scenario == scenario


@given(title=st.text(max_size=60), summary=st.text(max_size=60))
def test_a_file_with_any_title_can_be_read(title: str, summary: str) -> None:
    file = from_toml(to_toml(default_scenario(), title, summary))
    assert file.link.problems == ()
    assert file.title == "".join(char for char in title if char.isprintable())


@given(text=st.text(max_size=400))
@example("\x00")
@example("model = 'step-3'\r\n[set]\r\n'workload.context' = 1")
@example(f"model = 'step-3'\nv.{DEEP} = 1")
@example(f"model = 'step-3'\ntitle.{DEEP} = 1")
@example(f"model.{DEEP} = 1")
@example(f"model = 'step-3'\nset.x.{DEEP} = 1")
@example(f"model = 'step-3'\ncards = {HEXADECIMAL}")
@example(f"model = 'step-3'\nv = {HEXADECIMAL}")
@example(f"model = 'step-3'\n[set]\n'workload.context' = {HEXADECIMAL}")
@example(f"model = 'step-3'\n[set]\n'workload.context' = [{HEXADECIMAL}]")
@example("[" * 1900)
@example("[\n" * 30_000)
@example("x = " + "{a=" * 600)
def test_any_text_is_a_valid_scenario_file_or_is_refused(text: str) -> None:
    try:
        file = from_toml(text)
    except cm.PresetError as error:
        assert len(str(error)) < 400  # noqa: PT017
    else:
        file.link.scenario.model.check_relations()
        assert from_toml(to_toml(file.link.scenario)).link.scenario == file.link.scenario


KEYS = st.sampled_from(["title", "summary", "v", "model", "accelerators", "set", "extra"])
SCALARS = st.sampled_from(
    ["1", "-1", "1e400", "nan", "inf", "true", "'x'", "[]", "{}", "1979-05-27", "'step-3'", "[1]"]
)


@given(
    entries=st.dictionaries(KEYS, SCALARS), changes=st.dictionaries(st.sampled_from(["hidden", "sla.tpot"]), SCALARS)
)
def test_any_types_in_a_file_give_a_valid_scenario(entries: dict[str, str], changes: dict[str, str]) -> None:
    lines = [f"{key} = {entry}" for key, entry in entries.items() if key != "set" or not changes]
    lines += ["[set]", *(f'"{path}" = {entry}' for path, entry in changes.items())] if changes else []
    from_toml("\n".join(lines)).link.scenario.model.check_relations()


REFUSED = {
    "5 MB": ("a = 1\n" * 900_000, f"at most {LARGEST_FILE:,} characters"),
    "a line of a deep key": (
        "model = 'step-3'\nv." + ".".join("a" * 20_000) + " = 1",
        f"at most {LONGEST_LINE:,} char",
    ),
    "nested arrays": ("x = " + "[\n" * 30_000, "is not a TOML file"),
    "no TOML": ("<html><body>hello</body></html>", "is not a TOML file"),
    "a PNG": (bytes(range(256)).decode("latin-1"), "is not a TOML file"),
    "a key given twice": ('model = "step-3"\nmodel = "kimi-k2"', "is not a TOML file"),
    "a number of thousands of digits": (
        "[set]\nx = " + "9" * 1990 + "9" * 3000,
        f"at most {LONGEST_LINE:,} characters",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_scenario_file_is_refused_with_the_reason(case: str) -> None:
    text, reason = REFUSED[case]
    with pytest.raises(cm.PresetError, match=reason) as caught:
        from_toml(text)
    assert len(str(caught.value)) < 400


BAD = {
    "no model": ("", "model", "must be the name of a model preset"),
    "a number as model": ("model = 3", "model", "3 is not allowed; must be the name of a model preset"),
    "unknown model": ('model = "gpt-9"', "model", "unknown model preset 'gpt-9'"),
    "a path as model": ('model = "../../etc/passwd"', "model", "unknown model preset"),
    "accelerators as a word": (
        'model = "step-3"\ncards = "h800"',
        "accelerators",
        "must be a list of accelerator names",
    ),
    "numbers as accelerators": (
        'model = "step-3"\ncards = [1, 2]',
        "accelerators",
        "must be a list of accelerator names",
    ),
    "unknown accelerator": ('model = "step-3"\ncards = ["h800", "h900"]', "accelerators", "unknown accelerator 'h900'"),
    "a number as set": ('model = "step-3"\nset = 1', "set", "must be a table of field paths"),
    "another version": ('model = "step-3"\nv = "3"', "v", "only versions 1 and 2"),
    "a number as another version": ('model = "step-3"\nv = 3', "v", "3 is not allowed; must be one of 1, 2"),
    "unknown field": ('model = "step-3"\nauthor = "x"', "author", "unknown field; known: title"),
    "a title of two lines": ('model = "step-3"\ntitle = "a\\nb"', "title", "must be one line"),
    "a title too long": (f'model = "step-3"\ntitle = "{"x" * 301}"', "title", "at most 300 characters"),
    "unknown path": ('model = "step-3"\n[set]\n"attention.0.head" = 1', "attention.0.head", "did you mean"),
    "a path without quotes": (
        'model = "step-3"\n[set]\nworkload.context = 1',
        "workload",
        "must be a number or a word",
    ),
    "a truth value": ('model = "step-3"\n[set]\n"workload.context" = true', "workload.context", "must be a number or"),
    "a list as value": ('model = "step-3"\n[set]\n"workload.context" = [1]', "workload.context", "must be a number or"),
    "not a number": ('model = "step-3"\n[set]\n"sla.tpot" = nan', "sla.tpot", "nan is not allowed"),
    "too large for a float": ('model = "step-3"\n[set]\n"sla.tpot" = 1e400', "sla.tpot", "inf is not allowed"),
    "a giant in hexadecimal": (
        f'model = "step-3"\n[set]\n"workload.context" = {HEXADECIMAL}',
        "workload.context",
        "a number of more than 60 digits is not allowed",
    ),
    "text for a number": ('model = "step-3"\n[set]\n"workload.context" = "8K"', "workload.context", "'8K' is not"),
    "negative": ('model = "step-3"\n[set]\n"workload.context" = -1', "workload.context", "-1 is not allowed"),
    "HTML": ('model = "step-3"\n[set]\n"hidden" = "<script>"', "hidden", "'<script>' is not allowed"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_file_entry_is_named_and_the_rest_is_applied(case: str) -> None:
    text, field, reason = BAD[case]
    link = from_toml(text).link
    assert [problem.field for problem in link.problems] == [field]
    assert reason in link.problems[0].reason
    assert link.scenario == default_scenario(accelerators=["h800"] if "h900" in text else default_cards())


def default_cards() -> list[str]:
    return [accelerator.id for accelerator in default_scenario().accelerators]


def test_a_file_reads_like_its_link() -> None:
    scenario = cm.from_query("accelerators=h800,h20&workload.context=32768&accelerators.h20.usd_per_hour=0.9").scenario
    assert to_toml(scenario, "Step-3", "Two accelerators.").splitlines() == [
        'title = "Step-3"',
        'summary = "Two accelerators."',
        'v = "2"',
        'model = "step-3"',
        'accelerators = ["h800", "h20"]',
        "",
        "[set]",
        '"accelerators.h20.usd_per_hour" = 0.9',
        '"workload.context" = 32768',
    ]


def test_file_accelerators_do_not_follow_the_link_default() -> None:
    assert 'accelerators = ["h800", "h20", "a800", "910b"]' in to_toml(default_scenario())


@pytest.mark.parametrize("name", scenarios())
def test_every_scenario_preset_says_what_it_is_and_round_trips(name: str) -> None:
    file = load_scenario(name)
    assert file.title
    assert file.summary
    assert from_toml(to_toml(file.link.scenario)).link.scenario == file.link.scenario


def test_every_scenario_preset_asks_a_question() -> None:
    assert [load_scenario(name).title[-1] for name in scenarios()] == ["?"] * len(scenarios())


def test_figure_1_is_one_scenario_of_several_designs() -> None:
    file = load_scenario("figure-1")
    assert file.designs is not None
    assert {design.model.id for design in file.designs.values()} <= set(cm.models(cm.PAPER_COLLECTION))
    assert file.link.scenario == default_scenario()


def test_an_unknown_scenario_preset_is_refused_with_near_matches() -> None:
    with pytest.raises(cm.UnknownNameError, match="did you mean mtp-two-drafts"):
        load_scenario("mtp-two-draft")


def test_a_byte_order_mark_is_no_part_of_a_file() -> None:
    assert from_toml("\ufeff" + to_toml(default_scenario())) == from_toml(to_toml(default_scenario()))


def test_a_preset_that_is_not_utf_8_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "latin.toml").write_bytes('title = "größer"'.encode("latin-1"))
    monkeypatch.setattr(scenario_file, "find", lambda folder, name: tmp_path / f"{name}.toml")
    with pytest.raises(cm.PresetError, match=r"cannot be read: 'utf-8' codec.*\[latin.toml\]"):
        load_scenario("latin")
