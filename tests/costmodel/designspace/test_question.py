"""The axes that terms depend on: seen, not declared."""

import pytest

import costmodel as cm
from costmodel import paths
from costmodel.designspace.question import ask
from costmodel.spec import Field

ADDED_UP = ["cost", "parameters.total", "parameters.active", "weight_bytes"]


def dependencies(model, fields):
    scenario = cm.Scenario(model=model, accelerators=["h20"], workload=cm.Workload(context=8192))
    axes = {path: [value] for path, value in fields(scenario).items()}
    question = ask(cm.Space(scenario, axes), None, ADDED_UP, [], [])
    return {name.metric: terms for name, terms in question.term_dims.items()}


def of_both_stacks(scenario):
    known = paths.fields(scenario)
    return {
        path: value
        for path, value in paths.values(scenario).items()
        if path.startswith(("attention.", "ffn.")) and isinstance(known[path], Field) and value is not None
    }


@pytest.mark.parametrize("model", cm.models())
def test_terms_of_a_sum_depend_on_one_stack_each(model):
    """A term of both stacks would make a search of any model step through an axis: exact, and many times slower."""
    for terms in dependencies(model, of_both_stacks).values():
        for dims in terms:
            assert len({path.partition(".")[0] for path in dims}) <= 1


def test_a_term_depends_on_the_axes_that_its_value_varies_with():
    wanted = ("attention.0.heads", "hidden", "ffn.1.experts", "workload.context")
    found = dependencies("step-3", lambda scenario: {path: paths.value(scenario, path) for path in wanted})
    attention, ffn = found["cost"]
    assert attention == {"attention.0.heads", "hidden", "workload.context"}
    assert ffn == {"hidden", "ffn.1.experts"}
    assert {"ffn.1.experts", "hidden"} in found["parameters.total"]
