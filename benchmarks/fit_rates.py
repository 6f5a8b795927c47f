"""Fit kernel models to kernel tables and write one rates preset per accelerator.

python benchmarks/fit_rates.py FOLDER [--out presets/rates] [--show]
python benchmarks/fit_rates.py FOLDER --only NAME --source TEXT [--out presets/rates] [--show]

FOLDER holds the tables that kernel_tables.py and link_tables.py describe. With --only it may hold any one of the kernel
tables, measured on the accelerator preset NAME: only its preset is written, with the links of the generic one.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
from fit_kernel import fit
from kernel_tables import READERS, Key, Sample, samples
from link_tables import links

import costmodel as cm
from costmodel.kernels import Kernel, Work
from costmodel.links import Links

PRESETS = ("h100", "h200", "h800", "h20", "a100", "a800", "b200", "b300", "gb200", "gb300", "l40s")
TABLES = {"a800": "a100"}
"""Accelerators that take the tables of another one with the same chip."""

ALSO = {name: (name, f"{name}-datasheet") for name in ("h800", "h20", "a800")}
"""Accelerator presets that are the same hardware."""

LENDERS = {"h800": "h100", "b300": "b200", "gb300": "gb200"}
"""Accelerators whose missing kernels are those of a close relative, before anything generic."""

WORST_ERROR = 0.5
"""90th percentile of the fit error above which a kernel is not described by the model and left out."""
LEAST_COMPUTE = 0.1
"""Compute share of a core below which the published kernel is taken as broken, and replaced."""
LEAST_USE = 0.05
"""Share of all measured shapes at which a source must be the fastest to be shipped beside another one."""

NETWORK = 0.82
ELEMENT_WISE, STEP, DATA_PARALLEL = 0.5e-6, 1.5e-3, 4e-3
BAND = (0.8, 1.3)
"""10th and 90th percentile of measured over predicted output where nothing was fitted, outwards to a twentieth."""

Fitted = tuple[Kernel, list[Sample]]


def main() -> None:
    """Fit, show, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--only", metavar="NAME", help="fit this accelerator alone, from the tables that are there")
    parser.add_argument("--source", metavar="TEXT", help="where the measurements of --only come from")
    arguments = parser.parse_args()
    lacking = [name for name in READERS if not (arguments.folder / name).is_file()]
    if bool(arguments.only) != bool(arguments.source):
        parser.error("--only and --source belong together")
    if len(lacking) == len(READERS) or (lacking and not arguments.only):
        parser.error(f"{arguments.folder} lacks {', '.join(lacking)}")
    if arguments.only:
        fit_one(parser, arguments)
        return
    by_accelerator: dict[str, dict[Key, list[Sample]]] = defaultdict(dict)
    for key, calls in samples(arguments.folder).items():
        by_accelerator[key.accelerator][key] = calls
    shipped = {name: kernels(name, by_accelerator[TABLES.get(name, name)]) for name in PRESETS}
    for name, lender in LENDERS.items():
        shipped[name] = ordered([*shipped[name], *lent(shipped[lender], shipped[name], lender)])
    wires = links(arguments.folder, PRESETS)
    generic = generic_kernels(shipped)
    for name in PRESETS:
        write(arguments, name, f"{cm.load_accelerator(name).name}, measured kernels", shipped[name], wires[name])
    of_h100 = wires["h100"].replace(borrowed="all-reduce and all-to-all of H100")
    write(arguments, "generic", "Generic: shares of H100 and B200 kernels", generic, of_h100)


def fit_one(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """The preset of one accelerator from its own tables; whatever they lack is borrowed when it is loaded."""
    name = arguments.only
    if name not in cm.accelerators():
        parser.error(f"there is no accelerator preset {name}")
    found = kernels(name, {key: calls for key, calls in samples(arguments.folder).items() if key.accelerator == name})
    if not found:
        parser.error(f"no table has rows of {name} that a kernel model describes")
    named = [(kernel, kernel.name.removeprefix("SGLang ")) for kernel in found]
    own = [kernel.replace(source=arguments.source, name=label) for kernel, label in named]
    wires = cm.load_rates("generic").links
    assert wires is not None
    write(arguments, name, f"{cm.load_accelerator(name).name}, measured kernels", own, wires)


def kernels(name: str, tables: dict[Key, list[Sample]]) -> list[Kernel]:
    """The kernel models of one accelerator, in order of operation and precision."""
    accelerator = cm.load_accelerator(TABLES.get(name, name))
    groups: dict[tuple[str, int, int], list[Fitted]] = defaultdict(list)
    for key, calls in tables.items():
        rate = float(accelerator.flops_per_second(key.compute_bits))
        kernel = fit(key, calls, accelerator.bytes_per_second, rate).kernel
        if kernel.p90_error <= WORST_ERROR:
            groups[key.operation, key.bits, key.compute_bits].append((kernel, calls))
    found: list[Kernel] = []
    for place in sorted(groups):
        found += fastest(groups[place], accelerator)
    found = [kernel for kernel in found if "core" not in kernel.operation or kernel.compute_share >= LEAST_COMPUTE]
    found += eight_bit_cores(found, accelerator) if accelerator.fp8_flops_per_second else []
    if name in TABLES:
        found = [kernel.replace(borrowed=accelerator.name) for kernel in found]
    return ordered(found)


def ordered(models: list[Kernel]) -> list[Kernel]:
    """By operation, then precision from wide to narrow."""
    return sorted(models, key=lambda kernel: (kernel.operation, -kernel.bits, -kernel.compute_bits, kernel.name))


def lent(models: list[Kernel], own: list[Kernel], lender: str) -> list[Kernel]:
    """The kernels of another accelerator for what is not measured, each saying whose it is."""
    known = {(kernel.operation, kernel.bits, kernel.compute_bits) for kernel in own}
    label = cm.load_accelerator(lender).name
    return [
        kernel.replace(borrowed=f"{label}, {kernel.borrowed}" if kernel.borrowed else label)
        for kernel in models
        if (kernel.operation, kernel.bits, kernel.compute_bits) not in known
    ]


def fastest(candidates: list[Fitted], accelerator: cm.Accelerator) -> list[Kernel]:
    """The sources worth shipping: each is the fastest for some of the shapes that any of them measured."""
    work = Work(*(np.concatenate(column) for column in zip(*(columns(calls) for _, calls in candidates), strict=True)))
    times = np.array(
        [
            kernel.seconds(
                work,
                bytes_per_second=accelerator.bytes_per_second,
                flops_per_second=accelerator.flops_per_second(kernel.compute_bits),
            )
            for kernel, _ in candidates
        ]
    )
    wins = np.bincount(times.argmin(axis=0), minlength=len(candidates)) / times.shape[1]
    return [kernel for (kernel, _), share in zip(candidates, wins, strict=True) if share >= LEAST_USE]


def columns(calls: list[Sample]) -> Work:
    """The work of all calls as arrays."""
    return Work(*(np.array(column, float) for column in zip(*(call for call, _ in calls), strict=True)))


def eight_bit_cores(found: list[Kernel], accelerator: cm.Accelerator) -> list[Kernel]:
    """Cores over an 8-bit cache that no usable table describes: the 16-bit kernel of the accelerator.

    MLA computes at the 8-bit rate then; other cores read half the bytes and compute in 16 bits as before.
    """
    known = {(kernel.operation, kernel.bits) for kernel in found}
    slower = float(accelerator.flops_per_second(16) / accelerator.flops_per_second(8))
    lacking = [each for each in found if "core" in each.operation and (each.operation, 8) not in known]
    return [
        kernel.replace(bits=8, compute_bits=8, borrowed="16-bit kernel's shares at the 8-bit rate")
        if kernel.operation == "mla_core"
        else kernel.replace(
            bits=8,
            compute_bits=8,
            compute_share=round(kernel.compute_share * slower, 3),
            borrowed="16-bit kernel, half the bytes",
        )
        for kernel in lacking
        if kernel.bits == 16
    ]


def generic_kernels(shipped: dict[str, list[Kernel]]) -> list[Kernel]:
    """Those of H100, and of B200 where H100 has none. Shares carry over to other accelerators, fixed times roughly."""
    first = lent(shipped["h100"], [], "h100")
    return ordered([*first, *lent(shipped["b200"], first, "b200")])


def write(arguments: argparse.Namespace, name: str, title: str, models: list[Kernel], wires: Links) -> None:
    """The preset as TOML, and a line per kernel on the terminal."""
    if arguments.show:
        for kernel in models:
            print(line(name, kernel))
    if arguments.out is None:
        return
    known = ALSO.get(name, (name,)) if name != "generic" else ()
    text = [f'name = "{title}"', f"accelerators = [{', '.join(map(plain, known))}]", 'variant = "kernels"']
    text += [f"network = {NETWORK}"]
    text += [f"element_wise_seconds = {ELEMENT_WISE:g}", f"step_seconds = {STEP:g}"]
    text += [f"data_parallel_seconds = {DATA_PARALLEL:g}"]
    text += [f"lowest_factor = {BAND[0]:g}", f"highest_factor = {BAND[1]:g}", ""]
    for kernel in models:
        text += ["[[kernels]]", *fields(kernel, Kernel), ""]
    text += ["[links]", *fields(wires, Links), ""]
    for table in wires.all_reduce_tables:
        text += ["[[links.all_reduce_tables]]", *fields(table, type(table)), ""]
    for table in wires.all_to_all_tables:
        text += ["[[links.all_to_all_tables]]", *fields(table, type(table)), ""]
    if wires.between_servers is not None:
        text += ["[links.between_servers]", *fields(wires.between_servers, type(wires.between_servers)), ""]
    text += SOURCES.splitlines()
    (arguments.out / f"{name}.toml").write_text("\n".join(text) + "\n", encoding="utf-8")


def line(name: str, kernel: Kernel) -> str:
    """One kernel in a line."""
    shares = f"{kernel.fixed_seconds * 1e6:5.1f} us {kernel.memory_share:.2f} {kernel.compute_share:.2f}"
    fitted = f"n {kernel.measurements} median {kernel.median_error:.3f} p90 {kernel.p90_error:.3f}"
    rest = f"{kernel.serial_seconds * 1e9:.2f} ns tile {kernel.tile}"
    return f"{name:8}{kernel.label:24}{kernel.compute_bits:3} {shares} {rest} {fitted} {kernel.name} {kernel.borrowed}"


def fields(spec: cm.spec.Spec, kind: type) -> list[str]:  # type: ignore[name-defined]
    """`name = value` for every plain field that differs from its default."""
    lines = []
    for name, field in kind.model_fields.items():
        value = getattr(spec, name)
        if value == field.default or isinstance(value, cm.spec.Spec):  # type: ignore[attr-defined]
            continue
        if isinstance(value, tuple):
            if value and not isinstance(value[0], float | int):
                continue
            lines.append(f"{name} = [{', '.join(f'{number:.10g}' for number in value)}]")
        else:
            lines.append(f"{name} = {plain(value)}")
    return lines


def plain(value: object) -> str:
    """A TOML value."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value:.10g}"


SOURCES = """\
[[sources]]
title = "Fit by benchmarks/fit_rates.py to published kernel tables"
locator = "the source of every kernel and of the links stands beside it"
covers = ["kernels", "links"]

[[sources]]
title = "deepseek-ai/DeepEP README, February 2025"
locator = "low-latency kernels on 400 Gbit/s ports: 41 of 50 GB/s; taken over for other accelerators"
covers = ["network"]

[[sources]]
title = "Fitted to the published end-to-end measurements of presets/measured, the only three constants that are"
locator = "ranges of equal quality: 0.5-1 us per element-wise kernel, 0.5-2 ms per step, 3-5 ms with data parallelism"
covers = ["element_wise_seconds", "step_seconds", "data_parallel_seconds"]

[[sources]]
title = "Measured over predicted output of the 114 decode steps in presets/measured"
locator = "10th and 90th percentile, outwards to a twentieth; nothing was fitted to these rows"
covers = ["lowest_factor", "highest_factor"]"""


if __name__ == "__main__":
    main()
