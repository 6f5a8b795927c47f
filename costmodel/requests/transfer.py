"""Moving the cache of a prompt from the prefill pool to the decode pool."""

from dataclasses import dataclass

from costmodel.accelerator import Accelerator
from costmodel.checks import check_range
from costmodel.model import Model
from costmodel.rates import IDEAL, Rates
from costmodel.units import Numeric


@dataclass(frozen=True)
class KvTransfer:
    """Cache of one prompt [byte], time to send it whole [s], and the time left when sent layer by layer."""

    bytes: Numeric
    seconds: Numeric
    last_layer_seconds: Numeric


def kv_transfer(model: Model, prompt: Numeric, bytes_per_second: Numeric) -> KvTransfer:
    """The cache of a prompt over a link of that achieved rate; layer-wise sending hides all but the last layer.

    >>> import costmodel as cm
    >>> sent = kv_transfer(cm.load_model("deepseek-v3"), 4096, 41e9)
    >>> round(sent.bytes / 1e6, 1), round(sent.seconds * 1e3, 1)
    (143.9, 3.5)
    """
    check_range("bytes_per_second", bytes_per_second, 0, above=True)
    size = model.sequence_bytes(prompt)
    return KvTransfer(size, size / bytes_per_second, size / model.layers / bytes_per_second)


def nic_bytes_per_second(accelerator: Accelerator, rates: Rates = IDEAL) -> Numeric:
    """Achieved network rate of one accelerator's share of its server, one direction [byte/s]."""
    return accelerator.server_bytes_per_second() / accelerator.accelerators_per_server * rates.network


def nic_load(requests_per_second: Numeric, bytes_each: Numeric, accelerators: Numeric, rate: Numeric) -> Numeric:
    """Share of a pool's network that its cache transfers take; above 1 the network binds."""
    return requests_per_second * bytes_each / (accelerators * rate)
