"""The default question: what links, pages and resets start from."""

from collections.abc import Iterable

from costmodel.io.presets import load_accelerator, load_model
from costmodel.scenario import Scenario
from costmodel.workload import Workload

DEFAULT_MODEL = "step-3"
DEFAULT_ACCELERATORS = ("h800", "h20", "a800", "910b")
DEFAULT_CONTEXT = 8192


def default_scenario(model: str = DEFAULT_MODEL, accelerators: Iterable[str] = DEFAULT_ACCELERATORS) -> Scenario:
    """A model preset on the paper's four accelerators at its headline context."""
    return Scenario(
        model=load_model(model),
        accelerators=[load_accelerator(accelerator) for accelerator in accelerators],
        workload=Workload(context=DEFAULT_CONTEXT),
    )
