"""A search as asked: its size before any value is checked, and the accelerators of its space."""

import pytest

import costmodel as cm

BASE = cm.default_scenario()


def ids(asked: cm.DesignSearch) -> list[str]:
    return [each.id for each in asked.space.scenario().accelerators]


def unpriced(*names: str, **changes) -> cm.Scenario:
    listed = [each.replace(usd_per_hour=None) if each.id in names else each for each in BASE.accelerators]
    return BASE.replace(accelerators=listed, **changes)


def test_size_and_conditions_are_counted_without_checking() -> None:
    asked = cm.DesignSearch(BASE, {"hidden": "0..9", "workload.context": "1..7"}, ("cost",))
    assert (asked.size, asked.conditions) == (70, 7)
    with pytest.raises(cm.DomainError, match="0 is not allowed"):
        asked.space  # noqa: B018


def test_accelerators_without_a_price_are_left_out_unless_needed() -> None:
    axes = {"hidden": "4096, 5120"}
    assert ids(cm.DesignSearch(unpriced("h20"), axes)) == ["h800", "a800", "910b"]
    priced = axes | {"accelerators.h20.usd_per_hour": "0.5, 1"}
    assert ids(cm.DesignSearch(unpriced("h20", "a800"), priced)) == ["h800", "h20", "910b"]
    assert "h20" in ids(cm.DesignSearch(unpriced("h20", ffn_on="h20"), axes))


def test_a_search_keeps_the_pools_of_its_scenario() -> None:
    scenario = BASE.replace(attention_on="a800", ffn_on="910b")
    report = cm.search_report(cm.DesignSearch(scenario, {"attention.0.heads": "32, 64"}, ("cost",)))
    assert report["hardware_pairs"] == 1
    assert [(row["attention_on"], row["ffn_on"]) for row in report["rows"]] == [("a800", "910b")]
    assert report["rows"][0]["cost"] == pytest.approx(
        cm.cheapest(cm.update(scenario, {"attention.0.heads": 32})).pair.total
    )


@pytest.mark.parametrize("name", cm.models())
def test_default_constraints_keep_the_model_itself(name: str) -> None:
    start = cm.default_search(cm.default_scenario(name))
    hidden = start.scenario.model.hidden
    alone = cm.DesignSearch(start.scenario, {"hidden": str(hidden)}, start.minimise, start.maximise, start.where)
    assert cm.search_report(alone)["designs"] == 1
