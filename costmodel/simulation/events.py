"""The event loop: micro-batches visit attention, network, FFN, network, layer after layer; every server is FIFO."""

from dataclasses import dataclass
from heapq import heappop, heapreplace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Link = Literal["delay", "shared", "duplex"]

# The server of attention, dispatch, FFN and combine; a transfer that only delays has none.
SERVERS: dict[Link, tuple[int, int | None, int, int | None]] = {
    "delay": (0, None, 2, None),
    "shared": (0, 1, 2, 1),
    "duplex": (0, 1, 2, 3),
}


@dataclass(frozen=True)
class Durations:
    """Time of each stage of each layer step [s], one row per micro-batch; layer steps run on over all decode steps.

    `link` "delay": a transfer occupies nothing but its micro-batch; "shared": both directions queue for one link;
    "duplex": each direction has its own.
    """

    attention: Floats
    dispatch: Floats
    ffn: Floats
    combine: Floats
    link: Link = "delay"


@dataclass(frozen=True)
class Times:
    """When each stage of each layer step ended [s]; shapes as in `Durations`."""

    attention: Floats
    dispatch: Floats
    ffn: Floats
    combine: Floats


def run(durations: Durations) -> Times:
    """All layer steps of all micro-batches, from an empty pipeline.

    Arrivals are taken in order of time, so a server that starts each as soon as both are there serves first come,
    first served. Ties go to the lower micro-batch.
    """
    stages = (durations.attention, durations.dispatch, durations.ffn, durations.combine)
    times = [stage.tolist() for stage in stages]
    ends = [np.zeros_like(stage).tolist() for stage in stages]
    servers = SERVERS[durations.link]
    free = [0.0] * len(servers)
    micro_batches, steps = durations.attention.shape
    done = [0] * micro_batches
    waiting = [(0.0, each, 0) for each in range(micro_batches)]
    while waiting:
        now, batch, stage = waiting[0]
        step = done[batch]
        server = servers[stage]
        if server is None:
            end = now + times[stage][batch][step]
        else:
            start = free[server]
            end = (now if now > start else start) + times[stage][batch][step]
            free[server] = end
        ends[stage][batch][step] = end
        if stage + 1 < len(stages):
            heapreplace(waiting, (end, batch, stage + 1))
        elif step + 1 < steps:
            done[batch] = step + 1
            heapreplace(waiting, (end, batch, 0))
        else:
            heappop(waiting)
    return Times(*(np.array(each) for each in ends))
