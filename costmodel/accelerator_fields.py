"""Fields of an accelerator: label, unit, range and help of each."""

from typing import Annotated, Literal

from costmodel.spec import Choice, Field

Price = Annotated[
    float | None,
    Field(
        label="Price",
        unit="USD/h",
        low=1e-6,
        high=10_000,
        whole=False,
        optional=True,
        help="Price of one accelerator for one hour. Empty: not known.",
    ),
]
Rate = Annotated[
    float | None,
    Field(
        label="BF16 rate",
        unit="FLOP/s",
        low=1e9,
        high=1e19,
        whole=False,
        optional=True,
        scale=1e12,
        scale_unit="TFLOP/s",
        help="Dense peak rate in BF16. Empty: not known.",
    ),
]
Fp8Rate = Annotated[
    float | None,
    Field(
        label="FP8 rate",
        unit="FLOP/s",
        low=1e9,
        high=1e19,
        whole=False,
        optional=True,
        scale=1e12,
        scale_unit="TFLOP/s",
        help="Dense peak rate in FP8. Empty: runs in BF16.",
    ),
]
Fp4Rate = Annotated[
    float | None,
    Field(
        label="FP4 rate",
        unit="FLOP/s",
        low=1e9,
        high=1e19,
        whole=False,
        optional=True,
        scale=1e12,
        scale_unit="TFLOP/s",
        help="Dense peak rate in FP4. Empty: runs in FP8.",
    ),
]
Bandwidth = Annotated[
    float | None,
    Field(
        label="Bandwidth",
        unit="byte/s",
        low=1e6,
        high=1e16,
        whole=False,
        optional=True,
        scale=1e12,
        scale_unit="TB/s",
        help="Peak memory bandwidth. Empty: not known.",
    ),
]
Memory = Annotated[
    float | None,
    Field(
        label="Memory",
        unit="byte",
        low=1e6,
        high=1e15,
        whole=False,
        optional=True,
        scale=1e9,
        scale_unit="GB",
        help="Memory of one accelerator. Empty: not known.",
    ),
]
Accelerators = Annotated[
    int,
    Field(
        label="Accelerators per server",
        unit="accelerators",
        low=1,
        high=1024,
        help="Accelerators that share one server.",
    ),
]
Nics = Annotated[
    int | None,
    Field(
        label="NICs per server",
        unit="ports",
        low=1,
        high=1024,
        optional=True,
        help="Network ports of one server. Empty: not known.",
    ),
]
NicRate = Annotated[
    float | None,
    Field(
        label="NIC rate",
        unit="bit/s",
        low=1e6,
        high=1e14,
        whole=False,
        optional=True,
        scale=1e9,
        scale_unit="Gbit/s",
        help="Line rate of one port, one direction.",
    ),
]
Int8Rate = Annotated[
    float | None,
    Field(
        label="INT8 rate",
        unit="op/s",
        low=1e9,
        high=1e19,
        whole=False,
        optional=True,
        scale=1e12,
        scale_unit="TOP/s",
        help="Dense peak rate in INT8. Empty: not known. Used where the 8-bit format is int8.",
    ),
]
Tdp = Annotated[
    float | None,
    Field(
        label="TDP",
        unit="W",
        low=1,
        high=100_000,
        whole=False,
        optional=True,
        help="Thermal design power of one accelerator, an upper bound of its draw. Empty: not known.",
    ),
]
ScaleUp = Annotated[
    float | None,
    Field(
        label="Scale-up bandwidth",
        unit="byte/s",
        low=1e6,
        high=1e15,
        whole=False,
        optional=True,
        scale=1e9,
        scale_unit="GB/s",
        help="Rate of one accelerator to the others of its scale-up domain, one direction. Empty: not known.",
    ),
]
ScaleUpDomain = Annotated[
    int | None,
    Field(
        label="Scale-up domain",
        unit="accelerators",
        low=1,
        high=100_000,
        optional=True,
        help="Accelerators that the scale-up network joins. Empty: not known.",
    ),
]
Capex = Annotated[
    float | None,
    Field(
        label="Purchase price",
        unit="USD",
        low=1,
        high=10_000_000,
        whole=False,
        optional=True,
        help="Price to own one accelerator, with its share of server, network and installation. Empty: not known.",
    ),
]
Basis = Literal["paper", "datasheet", "custom"]
EightBit = Annotated[
    Literal["fp8", "int8"],
    Choice(
        label="8-bit format",
        choices=("fp8", "int8"),
        help="Number format of 8-bit work. fp8: as in the paper, in BF16 where there is no FP8 rate. int8: at the INT8 "
        "rate, for a model that is quantised to INT8, weights, activations and attention; its bytes stay the same.",
        rare=True,
    ),
]
