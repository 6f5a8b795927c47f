"""The public names: the contract that other code is written against, and what importing them costs."""

import ast
import pkgutil
import subprocess
import sys
from dataclasses import is_dataclass
from pathlib import Path
from typing import get_type_hints

import pytest

import costmodel as cm

HEAVY = ("typer", "rich", "pandas", "xarray", "streamlit", "numpy", "pydantic", "altair", "dask")


def test_public_names_give_the_published_numbers() -> None:
    step3 = cm.load_model("step-3")
    h800, h20 = cm.load_accelerator("h800"), cm.load_accelerator("h20")
    work = step3.decode_work(cm.Workload(context=8192))
    assert min(work.kv_bytes, work.core_flops, work.linear_flops, work.ffn_flops) > 0
    cost = cm.decode_cost(step3, attention_on=h20, ffn_on=h800, workload=cm.Workload(context=8192))
    assert [round(part, 4) for part in (cost.attention, cost.ffn, cost.total)] == [0.0401, 0.0150, 0.0550]
    best = cm.cheapest(cm.Scenario(model=step3, accelerators=[h800, h20], workload=cm.Workload(context=8192)))
    assert best.pair == cost
    assert set(best.alone) == {"h800", "h20"}
    assert step3.parameters.total > step3.parameters.active
    assert (step3.arithmetic_intensity, step3.effective_rank, step3.kv_bytes_per_token) == (128, 16_384, 61 * 512)
    assert round(cm.minimum_sparsity(h800, hidden=7168, layers=61, tpot=0.05), 3) == 0.058
    assert "step-3" in cm.models()
    assert "h800" in cm.accelerators()
    scenario = cm.Scenario(model=step3, accelerators=[h800, h20], workload=cm.Workload(context=8192))
    result = cm.sweep(scenario, {"attention.0.heads": range(16, 129, 16), "workload.context": [8192, 32768]})
    best_design = result["cost"].sel({"attention.0.heads": 64, "workload.context": 8192})
    assert round(float(best_design), 4) == 0.0550


@pytest.mark.parametrize("name", cm.__all__)
def test_every_public_name_loads_and_has_a_docstring(name: str) -> None:
    assert getattr(cm, name).__doc__


def test_public_names_are_written_once_and_under_their_own_name() -> None:
    stub = ast.parse(Path(cm.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    aliases = [alias for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert all(alias.asname == alias.name for alias in aliases)
    assert sorted(alias.name for alias in aliases) == cm.__all__ == sorted(set(cm.__all__))
    assert cm.__all__ == dir(cm)


def test_every_mechanism_is_a_public_class() -> None:
    mechanisms = [mechanism for stack in cm.STACKS.values() for mechanism in stack]
    assert len(mechanisms) == 17
    assert all(getattr(cm, mechanism.__name__) is mechanism for mechanism in mechanisms)


def test_no_module_or_package_hides_a_public_name() -> None:
    modules = {module.name for module in pkgutil.iter_modules(cm.__path__)}
    assert {"planner", "spec"} <= modules
    assert not modules & set(cm.__all__)


def test_a_module_name_has_one_meaning_in_the_library() -> None:
    modules = [module.name.split(".") for module in pkgutil.walk_packages(cm.__path__, "costmodel.")]
    homes: dict[str, set[str]] = {}
    for *home, name in modules:
        homes.setdefault(name, set()).add(".".join(home))
    # Either stack has a base of its mechanisms.
    assert homes.pop("base") == {"costmodel.attention", "costmodel.ffn"}
    assert {name: sorted(found) for name, found in homes.items() if len(found) > 1} == {}


@pytest.mark.parametrize("name", [name for name in cm.__all__ if is_dataclass(getattr(cm, name))])
def test_results_that_hold_arrays_are_not_compared_as_tuples(name: str) -> None:
    # The comparison that a dataclass writes raises on arrays: by identity, or written by hand.
    kind = getattr(cm, name)
    holds_arrays = any("ndarray" in str(hint) for hint in get_type_hints(kind).values())
    assert not holds_arrays or not kind.__dataclass_params__.eq


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="decode_costs"):
        cm.decode_costs  # noqa: B018


def imported_by(code: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def test_importing_the_library_imports_nothing_heavy() -> None:
    assert not imported_by("import costmodel") & set(HEAVY)


def test_cost_imports_no_table_library_or_front_end() -> None:
    code = (
        "import costmodel as cm; h20 = cm.load_accelerator('h20')\n"
        "cm.decode_cost(cm.load_model('step-3'), attention_on=h20, ffn_on=h20, workload=cm.Workload(context=8192))"
    )
    assert not imported_by(code) & {"pandas", "xarray", "streamlit", "altair", "dask", "app"}


def test_a_sweep_is_computed_without_importing_a_front_end() -> None:
    code = (
        "import costmodel as cm; accelerator = cm.load_accelerator('h20')\n"
        "step3, work = cm.load_model('step-3'), cm.Workload(context=8)\n"
        "scenario = cm.Scenario(model=step3, accelerators=[accelerator], workload=work)\n"
        "cm.sweep(scenario, {'workload.context': [8192]})"
    )
    assert not imported_by(code) & {"streamlit", "altair", "app"}
