"""Published communication times as `Links`: all-reduce, all-to-all in a domain and between servers."""

from collections.abc import Iterable
from pathlib import Path

from kernel_tables import AICONFIGURATOR, accelerator, rows

from costmodel.links import LATENCY_BOUND, AllReduce, AllToAll, BetweenServers, Links

REDUCE_ELEMENTS = tuple(2**power for power in (7, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24))
ELEMENT_BYTES = 2
"""The collector of the all-reduce table sends BF16 tensors and writes their number of elements."""

TOKENS = (1, 16, 32, 64, 128, 256, 512, 1024)
RACK_TOKENS = (1, 32, 64, 128, 256, 512, 1024, 2048)
RACK_RANKS = (8, 16, 32, 64)

SCALE_UP = {
    "h100": 450e9,
    "h200": 450e9,
    "h800": 200e9,
    "h20": 450e9,
    "a100": 300e9,
    "a800": 200e9,
    "b200": 900e9,
    "b300": 900e9,
    "gb200": 900e9,
    "gb300": 900e9,
    "l40s": 32e9,
}
"""NVLink, or PCIe of an L40S, one direction [byte/s]."""

BORROWED = {"h800": ("h100", 2.0), "h20": ("h100", 1.0), "a100": ("h100", 1.5), "a800": ("h100", 2.0)}
BORROWED |= {"l40s": ("h100", 14.0), "b300": ("b200", 1.0), "gb300": ("gb200", 1.0)}
"""Whose all-reduce table stands in, and by what its larger sizes are lengthened for a slower link."""

NO_ALL_TO_ALL = ("h800", "a100", "a800", "l40s")
"""No table inside a server: the one between servers starts at 8 ranks and stands in."""

RACKS = ("gb200", "gb300")


def links(folder: Path, names: Iterable[str]) -> dict[str, Links]:
    """The links of every accelerator."""
    measured, published = rows(folder / "comm_measured.csv"), rows(folder.parent / "comm_published.csv")
    return {name: _links(name, measured, published) for name in names}


def _links(name: str, measured: list[dict[str, str]], published: list[dict[str, str]]) -> Links:
    lender, longer = BORROWED.get(name, (name, 1.0))
    exchange = _rack(published) if name in RACKS else _server(lender, measured)
    text = f"all-reduce of {lender.upper()}" + (f", {longer:g} times above 256 KB" if longer != 1 else "")
    return Links(
        domain=72 if name in RACKS else 8,
        scale_up_bytes_per_second=SCALE_UP[name],
        all_reduce_tables=_reduce(lender, longer, measured),
        all_to_all_tables=() if name in NO_ALL_TO_ALL else exchange,
        between_servers=_between(published),
        borrowed="" if lender == name else text,
        source=f"{AICONFIGURATOR}: SGLang custom all-reduce, DeepEP low latency; DeepEP README June 2025 (NVLink and "
        "RDMA); TensorRT-LLM tech blog 18 (NVL72); share of the scale-up rate from InferSim; latencies are assumptions",
    )


def _reduce(name: str, longer: float, measured: list[dict[str, str]]) -> tuple[AllReduce, ...]:
    times: dict[int, dict[int, float]] = {}
    for row in measured:
        if accelerator(row["system"]) == name and row["operation"] == "all_reduce":
            size = int(row["message_bytes_or_elements"])
            times.setdefault(int(float(row["cards"])), {})[size] = float(row["latency_us"]) * 1e-6
    found = []
    for ranks, by_size in sorted(times.items()):
        chosen = [by_size[size] * _factor(size * ELEMENT_BYTES, longer) for size in REDUCE_ELEMENTS]
        sizes = tuple(float(size * ELEMENT_BYTES) for size in REDUCE_ELEMENTS)
        found.append(AllReduce(ranks=ranks, sizes=sizes, seconds=_never_falling(chosen)))
    return tuple(found)


def _factor(size: float, longer: float) -> float:
    return longer if size > LATENCY_BOUND else 1.0


def _server(name: str, measured: list[dict[str, str]]) -> tuple[AllToAll, ...]:
    times: dict[str, dict[int, float]] = {"dispatch": {}, "combine": {}}
    for row in measured:
        same = accelerator(row["system"]) == name and row["hidden"] == "7168" and row["experts"] == "8 of 256"
        if same and row["operation"] in times:
            times[row["operation"]][int(row["tokens_per_rank"])] = float(row["latency_us"]) * 1e-6
    if not times["dispatch"]:
        return ()
    return (_exchange(8, TOKENS, times),)


def _rack(published: list[dict[str, str]]) -> tuple[AllToAll, ...]:
    found = []
    for ranks in RACK_RANKS:
        times: dict[str, dict[int, float]] = {"dispatch": {}, "combine": {}}
        for row in published:
            if "NVLinkOneSided" in row["lib"] and row["ep_or_gpus"] == str(ranks) and row["dtype"] == "BF16":
                times[row["op"]][int(row["tokens_per_rank"])] = float(row["latency_us"]) * 1e-6
        found.append(_exchange(ranks, RACK_TOKENS, times))
    return tuple(found)


def _exchange(ranks: int, tokens: tuple[int, ...], times: dict[str, dict[int, float]]) -> AllToAll:
    columns = {kind: _never_falling([by_tokens[count] for count in tokens]) for kind, by_tokens in times.items()}
    return AllToAll(ranks=ranks, tokens=tuple(map(float, tokens)), **columns)


def _between(published: list[dict[str, str]]) -> BetweenServers:
    times: dict[str, dict[int, float]] = {"dispatch": {}, "combine": {}}
    for row in published:
        if row["lib"] == "DeepEP low-latency (NVLink+RDMA)":
            times[row["op"]][int(row["ep_or_gpus"])] = float(row["latency_us"]) * 1e-6
    ranks = sorted(times["dispatch"])
    return BetweenServers(
        ranks=tuple(map(float, ranks)),
        dispatch=tuple(times["dispatch"][count] for count in ranks),
        combine=tuple(times["combine"][count] for count in ranks),
        tokens=128,
        latency=22e-6,
    )


def _never_falling(values: list[float]) -> tuple[float, ...]:
    """Each value lowered to the smallest that follows it: a larger message is never faster, a smaller one may wait."""
    lowest = values[-1]
    kept = []
    for value in reversed(values):
        lowest = min(lowest, value)
        kept.append(float(f"{lowest:.4g}"))
    return tuple(reversed(kept))
