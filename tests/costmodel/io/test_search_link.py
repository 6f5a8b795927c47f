"""Searches in links and files: exact, the default where silent, and refused by name."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.io.link import MOST_PARAMETERS

BASE = cm.default_scenario().replace(workload=cm.Workload(context=32_768))
AXES = {
    "attention.0.heads": "32..128..16",
    "ffn.1.top_k": "2, 4, 8",
    "workload.context": "8192,32768",
    "accelerators.h20.usd_per_hour": "0.5..1.5..0.5",
}
TERMS = st.lists(st.sampled_from(["cost", "kv_bytes", "single@h20", "cost <= 0.06", "2 * cost"]), unique=True)


def query(asked: cm.DesignSearch) -> str:
    return urlencode([*cm.to_pairs(asked.scenario), *cm.search_pairs(asked)])


@given(axes=st.sets(st.sampled_from(list(AXES)), min_size=1), minimise=TERMS, maximise=TERMS, where=TERMS)
def test_a_link_and_a_file_give_back_exactly_their_search(axes, minimise, maximise, where) -> None:
    asked = cm.DesignSearch(BASE, {path: AXES[path] for path in axes}, *map(tuple, (minimise, maximise, where)))
    assert cm.search_of_query(query(asked)) == cm.SearchLink(asked, ())
    file = cm.from_toml(cm.to_toml(BASE, search=asked))
    assert (file.search, file.link) == (asked, cm.Link(BASE, ()))
    assert cm.file_of_query(query(asked)).search == asked


@pytest.mark.parametrize("name", cm.models())
def test_a_link_without_a_search_asks_for_the_default_one(name: str) -> None:
    start = cm.default_search(cm.default_scenario(name))
    assert cm.search_of_query(f"model={name}") == cm.SearchLink(start, ())
    assert [name for name, _ in cm.search_pairs(start)] == [f"search.axis.{path}" for path in start.axes]


def test_an_emptied_box_is_no_constraint() -> None:
    assert cm.search_of_query("search.where=").search.where == ()
    assert cm.search_of_query("search.where= ; cost <= 1;").search.where == ("cost <= 1",)


def test_bad_parts_of_a_search_are_named_and_skipped() -> None:
    found = cm.search_of_query(
        "model=nope&search.axis.ffn.1.topk=1..3&search.order=1&search.where=" + "c" * 1001 + "&search.minimise=a"
        "&search.minimise=b"
    )
    reasons = {problem.field: problem.reason for problem in found.problems}
    assert list(reasons) == ["model", "search.minimise", "search.axis.ffn.1.topk", "search.order", "search.where"]
    assert "did you mean ffn.1.top_k" in reasons["search.axis.ffn.1.topk"]
    assert reasons["search.where"] == "is longer than 1,000 characters"
    assert found.search == cm.default_search(cm.default_scenario())


def test_a_link_of_too_many_parameters_is_one_problem() -> None:
    many = "&".join(f"search.axis.x{number}=1" for number in range(3 * MOST_PARAMETERS + 1))
    assert [problem.field for problem in cm.search_of_query(many).problems] == ["link"]
    assert cm.designs_of_query(many)[1] == list(cm.file_of_query(many).link.problems)


def test_a_file_without_designs_or_search_has_none() -> None:
    file = cm.from_toml(cm.to_toml(BASE))
    assert (file.designs, file.search) == (None, None)
    assert (cm.file_of_query("model=step-3").designs, cm.file_of_query("model=step-3").search) == (None, None)


def test_designs_of_a_file_are_at_its_scenario() -> None:
    listed = "model=step-3&attention.0.heads=96|model=qwen3-32b"
    designs, _ = cm.read_designs(listed, BASE)
    text = cm.to_toml(BASE, designs=designs.values())
    assert text.count("[[designs]]") == 2
    assert '[designs.set]\n"attention.0.heads" = 96\n' in text
    file = cm.from_toml(text)
    assert (file.designs, file.link) == (designs, cm.Link(BASE, ()))
    assert cm.file_of_query(f"{cm.to_query(BASE)}&{urlencode({'designs': listed})}").designs == designs


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        ("designs = 3", "designs", "must be a list of tables"),
        ('[[designs]]\nmodel = "qwen3-32b"\nheads = 3', "designs.heads", "unknown field; known: model, set"),
        ("[[designs]]", "model", "must be the name of a model preset"),
        ('[[designs]]\nmodel = "step-4"', "pinned design, model", "unknown model"),
        ("search = 3", "search.", "must be a list of expressions"),
        ("[search]\nminimise = [3]", "search.minimise", "must be a list of expressions"),
        ("[search]\naxes = 3", "search.axis.", "must be a text such as"),
        ("[search.axes]\nhidden = [4096]", "search.axis.hidden", "must be a text such as"),
        ('[search.axes]\nnope = "1..2"', "search.axis.nope", "there is no such field"),
        ('[search]\norder = ["cost"]', "search.order", "a search has no 'order'"),
    ],
)
def test_bad_designs_and_searches_of_a_file_are_named(text: str, field: str, reason: str) -> None:
    file = cm.from_toml(f'v = "2"\nmodel = "step-3"\n{text}\n')
    assert (file.link.problems[0].field, len(file.link.problems)) == (field, 1)
    assert reason in file.link.problems[0].reason
    assert file.link.scenario == cm.default_scenario()
