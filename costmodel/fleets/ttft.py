"""Time to first token: waiting for a prefill worker, prefill, cache transfer, first decode step."""

from dataclasses import dataclass

from costmodel.units import Numeric


@dataclass(frozen=True)
class Ttft:
    """Parts of the time to first token [s]; `wait` is 0 where no queue is asked about."""

    wait: Numeric
    prefill: Numeric
    transfer: Numeric
    first_step: Numeric

    @property
    def seconds(self) -> Numeric:
        """Sum of the parts [s]."""
        return self.wait + self.prefill + self.transfer + self.first_step
