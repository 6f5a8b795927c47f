"""One complete question: this model, on these accelerators, at this workload, with this sla."""

from collections.abc import Iterable

from costmodel.accelerator import Accelerator
from costmodel.model import Model
from costmodel.sla import Sla
from costmodel.spec import Rule, Spec
from costmodel.workload import Workload

MOST_ACCELERATORS = 24


class Scenario(Spec):
    """A model, the accelerators to choose from, a workload and an SLA. Links, files, sweeps and pages share it."""

    model: Model
    accelerators: tuple[Accelerator, ...]
    workload: Workload
    sla: Sla = Sla()

    def rules(self) -> Iterable[Rule]:
        """Accelerators are told apart by id."""
        ids = [accelerator.id for accelerator in self.accelerators]
        text = f"accelerators must be 1 to {MOST_ACCELERATORS}"
        yield Rule(1 <= len(ids) <= MOST_ACCELERATORS, text, {"accelerators": len(ids)})
        yield Rule(len(set(ids)) == len(ids), "accelerators must have distinct ids", {"ids": ", ".join(ids)})
