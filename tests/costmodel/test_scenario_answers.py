"""The scenario presets with their answers as data."""

from urllib.parse import parse_qs

import pytest

import costmodel as cm

ROWS = {row["id"]: row for row in cm.scenarios_report()["rows"]}


def test_every_scenario_has_a_row_with_its_answer() -> None:
    assert list(ROWS) == cm.scenarios()
    row = ROWS["step-3-32k-h20-h800"]
    file = cm.load_scenario("step-3-32k-h20-h800")
    found = cm.decide(file.link.scenario)
    assert (row["title"], row["answer"], row["best"]) == (file.title, "split", "H20 + H800")
    assert found.limit.winner is not None
    assert found.servers.winner is not None
    assert row["usd_per_million_tokens"] == found.limit.winner.usd_per_million_tokens
    assert row["usd_per_million_tokens_in_servers"] == found.servers.winner.usd_per_million_tokens
    assert (row["saving"], row["saving_in_servers"]) == (found.limit.saving, found.servers.saving)


def test_a_question_with_one_accelerator_has_no_saving() -> None:
    row = ROWS["910b-only"]
    assert (row["answer"], row["best"], row["saving"]) == ("one", "Ascend 910B alone", None)


def test_a_question_about_designs_is_answered_by_a_model() -> None:
    row = ROWS["figure-1"]
    assert (row["answer"], row["best"]) == ("cheapest", "Step-3")
    assert row["usd_per_million_tokens_in_servers"] is None
    designs, problems = cm.designs_of_query(row["query"])
    assert list(designs) == list(cm.load_scenario("figure-1").designs or ())
    assert not problems


@pytest.mark.parametrize("name", cm.scenarios())
def test_the_query_of_a_row_is_its_scenario(name: str) -> None:
    link = cm.from_query(ROWS[name]["query"])
    assert link.scenario == cm.load_scenario(name).link.scenario
    assert ("designs" in parse_qs(ROWS[name]["query"])) == (cm.load_scenario(name).designs is not None)


def test_rows_are_copies_and_the_table_has_all_of_them() -> None:
    cm.scenarios_report()["rows"][0]["best"] = "changed"
    assert cm.scenarios_report()["rows"][0]["best"] != "changed"
    assert len(cm.scenarios_csv().splitlines()) == len(ROWS) + 1


def test_the_published_day_has_its_servers_and_bill() -> None:
    row = ROWS["deepseek-day"]
    assert row["day_published_servers"] == 226.75
    assert row["day_servers"] == pytest.approx(226.75, rel=0.005)
    assert row["day_published_usd"] == 87_072
    assert row["day_usd"] == pytest.approx(87_072, rel=0.005)
    assert [name for name, each in ROWS.items() if each["day_servers"] is not None] == ["deepseek-day"]
