"""Exact search: equal to trying every design, whatever the axes, objectives and constraints."""

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel import paths
from costmodel.designspace import join as joining
from costmodel.designspace import query, question, table
from costmodel.designspace import search as searching
from costmodel.designspace.expression import compare, evaluate, parse_comparison, parse_expression
from costmodel.evaluation import Evaluation
from costmodel.metrics import metric

ACCELERATORS = ("h800", "h20", "a800", "910b")

VALUES = {
    "attention.0.heads": [16, 48, 64, 128],
    "attention.0.head_dim": [64, 128, 256],
    "attention.0.query_rank": [512, 2048],
    "attention.0.layers": [61, 60],
    "ffn.1.experts": [2, 32, 48, 96],
    "ffn.1.top_k": [1, 3, 4, 8],
    "ffn.1.intermediate": [1024, 5120],
    "ffn.1.layers": [55, 56],
    "hidden": [4096, 7168],
    "workload.context": [8192, 32768],
    "workload.draft_length": [0, 1],
    "workload.accepted_length": [1.0, 1.5],
    "sla.tpot": [0.05, 0.1],
    "accelerators.h20.usd_per_hour": [0.8, 2.0],
}
FIVE = {"minimise": ["cost", "kv_bytes"], "maximise": ["effective_rank", "parameters.active", "sparsity"]}
SEPARABLE = ["cost", "cost.ffn", "parameters.active", "parameters.total", "effective_rank", "kv_bytes", "sparsity"]
ENTANGLED = [
    "single",
    "cost / parameters.active",
    "cost.attention * sparsity",
    "single@a800",
    "training",
    "weight_bytes",
]
CONSTRAINTS = [
    "parameters.total <= 330e9",
    "parameters.total >= 3e11",
    "effective_rank >= 16384",
    "sparsity >= minimum_sparsity",
    "sparsity > minimum_sparsity@h800 / 2",
    "cost.attention < 2 * cost.ffn",
    "parameters.active == parameters.active",
    "weight_bytes / parameters.total <= 1.02",
    "parameters.attention == 4 * parameters.ffn",
    "-kv_bytes >= -300000000",
]


def brute_force(space, minimise, maximise, where, accelerators=ACCELERATORS):
    """Every design on its own, as a scalar scenario: for each point of each condition's frontier, the designs there."""
    base = space.scenario(accelerators)
    goals = [(1, parse_expression(text)) for text in minimise] + [(-1, parse_expression(text)) for text in maximise]
    rules = [parse_comparison(text) for text in where]
    axes = {path: array.tolist() for path, array in space.values(base).items()}
    invalid, fronts = 0, {}
    for combination in itertools.product(*axes.values()):
        changes = {
            path: int(value) if paths.fields(base)[path].whole else value
            for path, value in zip(axes, combination, strict=True)
        }
        try:
            scenario = paths.update(base, changes)
        except cm.DomainError:
            invalid += 1
            continue
        run = Evaluation(scenario)

        def look_up(name, run=run, scenario=scenario):
            ids = [accelerator.id for accelerator in scenario.accelerators]
            index = ids.index(name.accelerator) if name.accelerator else None
            return float(sum(metric(name.metric).terms(run, index)))

        if all(compare(rule.sign, evaluate(rule.left, look_up), evaluate(rule.right, look_up)) for rule in rules):
            condition = tuple(changes[path] for path in space.condition_axes)
            value = tuple(sign * evaluate(node, look_up) for sign, node in goals)
            fronts.setdefault(condition, []).append((value, tuple(changes.values())))
    points = {}
    for condition, rows in fronts.items():
        for value, design in rows:
            if not any(all(a <= b for a, b in zip(other, value, strict=True)) and other != value for other, _ in rows):
                points.setdefault((condition, value), set()).add(design)
    return points, invalid


@st.composite
def searches(draw):
    chosen = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=5, unique=True))
    axes = {path: draw(st.lists(st.sampled_from(VALUES[path]), min_size=1, max_size=3, unique=True)) for path in chosen}
    names = st.sampled_from(SEPARABLE + ENTANGLED)
    minimise = draw(st.lists(names, min_size=1, max_size=2, unique=True))
    maximise = draw(st.lists(st.sampled_from(SEPARABLE), max_size=2, unique=True))
    where = draw(st.lists(st.sampled_from(CONSTRAINTS), max_size=3, unique=True))
    return axes, minimise, maximise, where


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(searches())
def test_the_frontier_is_that_of_trying_every_design(case):
    axes, minimise, maximise, where = case
    space = cm.Space("step-3", axes)
    expected, invalid = brute_force(space, minimise, maximise, where)
    front = cm.search(space, ACCELERATORS, minimise=minimise, maximise=maximise, where=where)
    found = [tuple(design.values()) for design in front.designs]
    assert len(found) == len(expected)
    for designs in expected.values():
        assert len(designs.intersection(found)) == 1
    assert (front.searched, front.invalid) == (space.size, invalid)


def test_equal_designs_are_kept_once_the_first_in_axis_order():
    axes = {"attention.0.heads": [64, 128, 32], "attention.0.head_dim": [128, 64, 256], "ffn.1.experts": [96, 48]}
    front = cm.search(cm.Space("step-3", axes), ACCELERATORS, maximise=["effective_rank"])
    assert front.designs == [{"attention.0.heads": 128, "attention.0.head_dim": 256, "ffn.1.experts": 96}]


def test_equal_designs_keep_the_one_with_more_room():
    axes = {"ffn.1.experts": [96, 48], "attention.0.heads": [64, 32]}
    free = cm.search(cm.Space("step-3", axes), ACCELERATORS, minimise=["cost.ffn"])
    bound = cm.search(cm.Space("step-3", axes), ACCELERATORS, minimise=["cost.ffn"], where=["parameters.total <= 1e12"])
    assert free.designs == [{"ffn.1.experts": 96, "attention.0.heads": 64}]
    assert bound.designs == [{"ffn.1.experts": 48, "attention.0.heads": 32}]


def test_conditions_get_one_frontier_each(space):
    front = cm.search(space, ACCELERATORS, minimise=["cost"], maximise=["effective_rank"])
    assert front.conditions == [{"workload.context": 8192}, {"workload.context": 32768}]
    for condition in front.conditions:
        alone = cm.Space(
            "step-3",
            {path: values for path, values in space._raw.items() if path != "workload.context"},
            workload=cm.Workload(context=condition["workload.context"]),
        )
        single = cm.search(alone, ACCELERATORS, minimise=["cost"], maximise=["effective_rank"])
        rows = [design for design in front.designs if design["workload.context"] == condition["workload.context"]]
        assert [{**design, **condition} for design in single.designs] == rows


def test_invalid_combinations_are_counted_and_left_out(space):
    front = cm.search(space, ACCELERATORS, minimise=["cost"])
    too_many = 8 * 3 * 3 * 2 * 2  # top_k of 3, 4 and 5 above 2 experts
    assert (front.searched, front.invalid) == (8 * 3 * 4 * 5 * 2 * 2, too_many)


def test_stacks_of_unequal_depth_are_designs():
    axes = {"attention.0.layers": [60, 61, 62], "ffn.1.layers": [55, 56, 57, 58]}
    front = cm.search(cm.Space("step-3", axes), ACCELERATORS, minimise=["cost"])
    assert front.invalid == 0
    assert front.designs == [{"attention.0.layers": 60, "ffn.1.layers": 55}]


def test_a_constraint_is_met_on_its_boundary_unless_it_is_strict():
    axes = {"attention.0.heads": [64, 65]}
    rank = 64 * 256
    loose = cm.search(cm.Space("step-3", axes), ACCELERATORS, minimise=["cost"], where=[f"effective_rank <= {rank}"])
    strict = cm.search(cm.Space("step-3", axes), ACCELERATORS, minimise=["cost"], where=[f"effective_rank < {rank}"])
    assert (len(loose), len(strict)) == (1, 0)


def test_a_coupled_constraint_is_met_exactly_on_its_boundary():
    model = cm.load_model("step-3")
    axes = {"attention.0.heads": [64, 128], "ffn.1.experts": [48, 96]}
    for sign, expected in (("<=", 1), ("<", 0), ("==", 1)):
        where = [f"parameters.total {sign} {int(model.parameters.total)}", "parameters.total >= 3e11"]
        assert len(cm.search(cm.Space("step-3", axes), ACCELERATORS, minimise=["cost"], where=where)) == expected


def test_contradictory_constraints_name_the_last_one(space):
    where = ["effective_rank >= 1024", "parameters.total <= 200e9", "parameters.total >= 300e9", "sparsity > 0"]
    front = cm.search(space, ACCELERATORS, minimise=["cost"], where=where)
    assert (len(front), front.designs) == (0, [])
    assert front.emptied_by == ("parameters.total >= 300e9",) * 2


def test_a_space_without_any_valid_combination_says_so():
    axes = {"ffn.1.experts": [2, 3], "ffn.1.top_k": [4, 5]}
    front = cm.search(cm.Space("step-3", axes), ACCELERATORS, minimise=["cost"])
    assert (front.invalid, front.emptied_by) == (4, ("relations between fields",))


def test_table_rows_equal_the_scalar_costs(space):
    front = cm.search(
        space, ACCELERATORS, minimise=["cost"], maximise=["effective_rank"], where=["parameters.total <= 3.3e11"]
    )
    table = front.to_dataset(["minimum_sparsity"])
    assert table.sizes == {"design": len(front)}
    for row in range(len(front)):
        scenario = front.scenario(row)
        best = cm.cheapest(scenario)
        assert float(table["cost"][row]) == float(best.pair.total)
        assert (str(table["attention_on"].values[row]), str(table["ffn_on"].values[row])) == (
            best.pair.attention_on.id,
            best.pair.ffn_on.id,
        )
        floor = cm.minimum_sparsity(best.pair.ffn_on, hidden=7168, layers=61, tpot=0.05)
        assert float(table["minimum_sparsity"][row]) == float(floor)
    assert table["parameters.total"].attrs["units"] == "parameters"


def test_the_table_becomes_a_data_frame(space):
    frame = cm.search(space, ACCELERATORS, minimise=["cost"], maximise=["effective_rank"]).to_dataframe()
    assert len(frame) == frame["workload.context"].value_counts().sum()
    assert {"attention.0.heads", "workload.context", "attention_on", "effective_rank"} <= set(frame.columns)
    assert frame["attention.0.heads"].dtype.kind == "i"


def test_thousand_million_designs_are_not_built():
    axes = {
        "attention.0.heads": range(1, 257),
        "attention.0.head_dim": range(8, 257, 8),
        "ffn.1.top_k": range(1, 33),
        "ffn.1.intermediate": range(1, 4097),
    }
    front = cm.search(cm.Space("step-3", axes), ACCELERATORS, minimise=["cost"], where=["parameters.total >= 1e11"])
    assert front.searched == 256 * 32 * 32 * 4096
    assert len(front) == 1


def test_axis_order_survives_when_it_does_not_fit_one_integer(space, monkeypatch):
    asked = {"minimise": ["cost"], "maximise": ["sparsity"], "where": ["parameters.total <= 330e9"]}
    expected = cm.search(space, ACCELERATORS, **asked).designs
    monkeypatch.setattr(query, "LARGEST_WORD", 10)
    assert cm.search(space, ACCELERATORS, **asked).designs == expected


def test_frontier_does_not_depend_on_chunk_size(space, monkeypatch):
    asked = {"minimise": ["cost"], "maximise": ["sparsity", "effective_rank"], "where": ["parameters.total <= 330e9"]}
    expected = cm.search(space, ACCELERATORS, **asked).designs
    monkeypatch.setattr(joining, "PAIRS_PER_CHUNK", 40)
    monkeypatch.setattr(joining, "ROWS_KEPT_UNMERGED", 10)
    monkeypatch.setattr(joining, "ALIKE", 2)
    monkeypatch.setattr(table, "ALIKE", 2)
    monkeypatch.setattr(searching, "ROWS_KEPT_UNMERGED", 10)
    monkeypatch.setattr(searching, "PAIRS_PER_TASK", 10)
    monkeypatch.setattr(query, "ROWS_PER_BLOCK", 7)
    monkeypatch.setattr(searching, "ROWS_PER_BLOCK", 7)
    assert cm.search(space, ACCELERATORS, **asked).designs == expected


def test_ten_thousand_million_designs_are_counted_exactly():
    groups = range(1, 1001)
    axes = {"attention.0.heads": groups, "attention.0.head_dim": range(1, 11), "attention.0.query_rank": range(1, 11)}
    axes |= {"ffn.1.experts": [48], "ffn.1.intermediate": groups, "ffn.0.intermediate": range(1, 101)}
    space = cm.Space("step-3", axes)
    front = cm.search(space, ACCELERATORS, minimise=["cost"])
    assert front.searched == 10**5 * 10**5
    assert front.designs == [{path: min(values) for path, values in axes.items()}]


def test_a_table_that_a_condition_does_not_change_is_made_once(monkeypatch):
    made = []
    original = query.Query.table

    def table(asked, stack, block):
        made.append(stack)
        return original(asked, stack, block)

    monkeypatch.setattr(query.Query, "table", table)
    axes = {"attention.0.heads": [32, 64], "ffn.1.top_k": [2, 3], "workload.context": range(1000, 65_000, 1000)}
    front = cm.search(cm.Space("step-3", axes), ACCELERATORS, minimise=["cost"], maximise=["effective_rank"])
    assert len(front.conditions) == 64
    assert made.count(query.Stack.ATTENTION) == 64
    assert made.count(query.Stack.FFN) <= 64 / 4
    contexts = front.to_dataset()["workload.context"].values
    costs = {context: front.column("cost.attention")[contexts == context] for context in (1000, 64_000)}
    assert (costs[64_000] > costs[1000]).all()


def test_a_hundred_million_conditions_take_no_memory():
    axes = {"attention.0.heads": [64], "workload.context": range(1, 10_001)}
    axes |= {"sla.tpot": [0.001 * step for step in range(1, 10_001)]}
    space = cm.Space("step-3", axes)
    assert space.conditions == 100_000_000
    looks = iter(range(100))
    tracemalloc.start()
    with pytest.raises(cm.SearchCancelledError):
        cm.search(space, ACCELERATORS, minimise=["cost"], cancel=lambda: next(looks) == 99)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6


def test_dependencies_are_seen_however_many_axes_there_are(space, monkeypatch):
    expected = cm.search(space, ACCELERATORS, **FIVE)
    monkeypatch.setattr(question, "MOST_DIMENSIONS", 2)
    assert cm.search(space, ACCELERATORS, **FIVE) == expected


@pytest.mark.parametrize(
    ("axes", "error", "message"),
    [
        ({"attention.0.head": [64]}, cm.UnknownNameError, "did you mean attention.0.heads"),
        ({"attention.0.heads": []}, cm.DomainError, "axis is empty"),
        ({"attention.0.heads": ["many"]}, cm.DomainError, "'many' is not allowed"),
        ({"attention.0.heads": [[64]]}, cm.DomainError, "must be one value"),
        ({"attention.0.heads": "64"}, cm.DomainError, "must be a list of values"),
        ({"attention.0.heads": 64}, cm.DomainError, "must be a list of values"),
        ({"attention.0.heads": [64, 0]}, cm.DomainError, "0 is not allowed; must be a whole number from 1 to 1,024"),
        ({"attention.0.heads": [64.5]}, cm.DomainError, "whole number"),
        ({"attention.0.heads": [64, float("nan")]}, cm.DomainError, "whole number"),
        ({"attention.0.heads": [64, 64]}, cm.DomainError, "twice"),
        ({"attention.0.kv_bits": [7]}, cm.DomainError, "one of 1, 2, 3"),
    ],
)
def test_a_bad_axis_is_refused_by_name(axes, error, message):
    with pytest.raises(error, match=message):
        cm.Space("step-3", axes)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"minimise": ["costs"]}, cm.UnknownNameError, "did you mean cost"),
        ({"minimise": ["cost"], "where": ["parameters.totl <= 3"]}, cm.UnknownNameError, "parameters.total"),
        ({"minimise": ["single@h100"]}, cm.UnknownNameError, "unknown accelerator 'h100'"),
        ({"minimise": ["cost@h20"]}, cm.DomainError, "does not differ by accelerator"),
        ({}, cm.DomainError, "at least one objective"),
        ({"minimise": ["cost"], "where": ["cost"]}, cm.DomainError, "compares two sides"),
        ({"minimise": ["cost / (sparsity - sparsity)"]}, cm.DomainError, "not a finite number"),
        ({"minimise": ["cost / (kv_bytes_per_token - kv_bytes_per_token)"]}, cm.DomainError, "'cost / .*not a finite"),
        ({"minimise": ["1/0"]}, cm.DomainError, "division by zero.*'1/0'"),
        ({"minimise": ["cost"], "where": ["cost / (1 - 1) <= 2"]}, cm.DomainError, "division by zero.*'cost / "),
    ],
)
def test_a_bad_question_is_refused(space, given, error, message):
    with pytest.raises(error, match=message):
        cm.search(space, ACCELERATORS, **given)


def test_accelerators_without_a_price_are_refused(space):
    with pytest.raises(cm.DomainError, match="no price is known"):
        cm.search(space, ["l20"], minimise=["cost"])


def test_accelerators_may_be_objects_and_their_fields_conditions():
    accelerator = cm.load_accelerator("h20").replace(id="mine")
    space = cm.Space("step-3", {"attention.0.heads": [32, 64], "accelerators.mine.usd_per_hour": [0.4, 0.8]})
    front = cm.search(space, [accelerator], minimise=["cost"])
    costs = front.to_dataset()["cost"].values
    assert costs[1] == pytest.approx(2 * costs[0])
    with pytest.raises(cm.UnknownNameError, match="unknown field path"):
        cm.search(space, ["h20"], minimise=["cost"])


def test_values_are_finite_float_columns(space):
    front = cm.search(space, ACCELERATORS, minimise=["cost"], maximise=["parameters.active"])
    assert all(np.isfinite(front.to_dataset()[name]).all() for name in ("cost", "parameters.active"))
