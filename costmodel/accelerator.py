"""One kind of accelerator: what it computes, reads, stores and costs, and the network of its server."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from costmodel.accelerator_fields import (
    Accelerators,
    Bandwidth,
    Basis,
    Capex,
    EightBit,
    Fp4Rate,
    Fp8Rate,
    Int8Rate,
    Memory,
    NicRate,
    Nics,
    Price,
    Rate,
    ScaleUp,
    ScaleUpDomain,
    Tdp,
)
from costmodel.errors import DomainError, Problem, quote
from costmodel.source import AcceleratorSlug, Name, Slug, Source, Text
from costmodel.spec import Rule, Spec
from costmodel.units import BITS_PER_BYTE, Numeric


class Accelerator(Spec):
    """An accelerator with its dense peak rates (FLOP/s), memory (byte, byte/s), server, network and price (USD per
    accelerator-hour).

    The paper's assumptions and datasheet values are different presets. A missing precision falls back to the next
    higher one: bytes stay small, FLOPs run slower. Paper sec. 4.1, Table 4. BF16 rate and bandwidth must be given, as
    None where they are not known: what needs them is then refused. 8-bit work runs in FP8, or in INT8 where `eight_bit`
    says so. `price_estimate` and `tdp_estimate` say what the price and the TDP of a preset rest on where they were
    never published.
    """

    id: AcceleratorSlug
    name: Name
    basis: Basis
    vendor: Name = "Other"
    usd_per_hour: Price = None
    price_book: Slug = "preset"
    price_estimate: Text | None = None
    bf16_flops_per_second: Rate
    fp8_flops_per_second: Fp8Rate = None
    fp4_flops_per_second: Fp4Rate = None
    bytes_per_second: Bandwidth
    memory_bytes: Memory = None
    accelerators_per_server: Accelerators = 8
    nics_per_server: Nics = None
    nic_bits_per_second: NicRate = None
    int8_flops_per_second: Int8Rate = None
    eight_bit: EightBit = "fp8"
    tdp_watts: Tdp = None
    tdp_estimate: Text | None = None
    capex_usd: Capex = None
    scale_up_bytes_per_second: ScaleUp = None
    scale_up_accelerators: ScaleUpDomain = None
    sources: tuple[Source, ...]

    @classmethod
    def custom(cls, accelerator_id: str, **values: Any) -> Self:
        """An accelerator that a user describes: named by its id, with the user as its source."""
        source = Source(title="Entered by a user", locator="this scenario", covers=tuple(cls.quantities()))
        return cls(id=accelerator_id, name=accelerator_id, basis="custom", sources=(source,), **values)

    def rules(self) -> Iterable[Rule]:
        """The network is known as a whole or not at all; values have a source."""
        yield Rule(len(self.sources) > 0, "sources must name at least one source", {})
        yield Rule(
            (self.nics_per_server is None) == (self.nic_bits_per_second is None),
            "nics_per_server and nic_bits_per_second must be given together",
            {"nics_per_server": self.nics_per_server, "nic_bits_per_second": self.nic_bits_per_second},
        )

    @property
    def eight_bit_flops_per_second(self) -> float | None:
        """Peak rate of 8-bit work in the format of `eight_bit` [FLOP/s]; None where BF16 stands in."""
        return self.int8_flops_per_second if self.eight_bit == "int8" else self.fp8_flops_per_second

    @property
    def computes_in_int8(self) -> bool:
        """True where 8-bit work runs at the INT8 rate."""
        return self.eight_bit == "int8" and self.int8_flops_per_second is not None

    def price(self) -> Numeric:
        """USD per accelerator-hour; DomainError when it is not known, because no cost follows from an unknown price."""
        if self.usd_per_hour is None:
            raise DomainError(
                Problem("usd_per_hour", f"no price is known for {self.name}; set one to compute costs", self.id)
            )
        return self.usd_per_hour

    def bandwidth(self) -> Numeric:
        """Peak memory bandwidth [byte/s]; DomainError when it is not known."""
        if self.bytes_per_second is None:
            raise DomainError(Problem("bytes_per_second", f"{self.unknown()}; set one to compute times", self.id))
        return self.bytes_per_second

    def unknown(self, *bits: Numeric, reads: bool = True) -> str | None:
        """Sentence that names what is not known of bandwidth and of the rates for work in `bits`; None for nothing.

        `reads`: the bandwidth is needed. Of an array of bits a rate is missing where every element lacks it.
        """
        if reads and self.bytes_per_second is None:
            return f"no bandwidth is known for {self.name}"
        if self.bf16_flops_per_second is None and any(_throughout(self.lacks_rate(each)) for each in bits):
            return f"no BF16 rate is known for {self.name}"
        return None

    def unranked(self, *bits: Numeric, reads: bool = True) -> str | None:
        """Sentence that names what ranking by cost lacks: a price, or what `unknown` says; None for nothing."""
        if self.usd_per_hour is None:
            return f"no price is known for {self.name}"
        return self.unknown(*bits, reads=reads)

    def executed_bits(self, bits: int) -> int:
        """Bits of the precision that work of 4, 8 or 16 bits runs in, fallback included."""
        return {"FP4": 4, "FP8": 8, "INT8": 8, "BF16": 16}[self.precision(bits)]

    def precision(self, bits: int) -> str:
        """Name of the precision that work of 4, 8 or 16 bits runs in, fallback included."""
        _check_bits(bits)
        if bits <= 4 and self.fp4_flops_per_second is not None:
            return "FP4"
        eight = "INT8" if self.computes_in_int8 else "FP8"
        return eight if bits <= 8 and self.eight_bit_flops_per_second is not None else "BF16"

    def fallback(self, bits: int) -> str | None:
        """Sentence that says which precision stands in, or that none is known; None when it has the one asked for."""
        used = self.precision(bits)
        if missing := self.unknown(bits, reads=False):
            return missing
        wanted = {4: "FP4", 8: self.eight_bit.upper(), 16: "BF16"}[bits]
        if used == "INT8":
            return f"{self.name} computes {bits}-bit work in INT8: the model must be quantised to it"
        return (
            None if used == wanted else f"{self.name} has no {wanted} rate: FLOPs run in {used}, bytes stay {bits}-bit"
        )

    def flops_per_second(self, bits: Numeric = 8) -> Numeric:
        """Peak rate [FLOP/s] for work of 4, 8 or 16 bits (number or array), with the paper's fallback.

        DomainError when it is not known; of an array, nan in the elements whose rate is not known where others are.
        """
        _check_bits(bits)
        if self.bf16_flops_per_second is None:
            return self._rate_without_bf16(bits)
        fast = self.eight_bit_flops_per_second
        eight = self.bf16_flops_per_second if fast is None else fast
        four = eight if self.fp4_flops_per_second is None else self.fp4_flops_per_second
        if isinstance(bits, int):
            return self.bf16_flops_per_second if bits == 16 else eight if bits == 8 else four
        return (bits == 16) * self.bf16_flops_per_second + (bits == 8) * eight + (bits == 4) * four

    def _rate_without_bf16(self, bits: Numeric) -> Numeric:
        if missing := self.unknown(bits, reads=False):
            raise DomainError(Problem("bf16_flops_per_second", f"{missing}; set one to compute times", self.id))
        eight = 0.0 if self.eight_bit_flops_per_second is None else self.eight_bit_flops_per_second
        four = eight if self.fp4_flops_per_second is None else self.fp4_flops_per_second
        rate = (bits == 8) * eight + (bits == 4) * four
        lacking = self.lacks_rate(bits)
        if not np.any(lacking):
            return rate
        # np.where would drop the labels of a DataArray: 0 / 0 is nan where the rate is not known.
        with np.errstate(invalid="ignore"):
            return rate / (1 - lacking)

    def lacks_rate(self, bits: Numeric) -> Numeric:
        """True where work of these bits, fallback included, runs in a BF16 rate that is not known."""
        if self.bf16_flops_per_second is not None:
            return False
        no_eight = self.eight_bit_flops_per_second is None
        no_four = no_eight and self.fp4_flops_per_second is None
        return (bits == 16) | ((bits == 8) & no_eight) | ((bits == 4) & no_four)

    def ridge(self, bits: Numeric = 8) -> Numeric:
        """Compute-bandwidth ratio [FLOP/byte]: below it work is memory-bound. Paper Table 4, "roofline"."""
        return self.flops_per_second(bits) / self.bandwidth()

    def attainable_flops_per_second(self, intensity: Numeric, bits: Numeric = 8) -> Numeric:
        """Roofline: the rate [FLOP/s] that work of that intensity [FLOP/byte] can reach."""
        return np.minimum(intensity * self.bandwidth(), self.flops_per_second(bits))

    def server_bytes_per_second(self) -> Numeric:
        """Network rate of one server, one direction [byte/s]; DomainError when the network is not known."""
        if self.nics_per_server is None or self.nic_bits_per_second is None:
            raise DomainError(Problem("nics_per_server", f"no network is known for {self.name}", self.id))
        return self.nics_per_server * self.nic_bits_per_second / BITS_PER_BYTE


def stacked(accelerators: Sequence[Accelerator]) -> Accelerator:
    """Several accelerators as one whose rates are arrays [accelerator], for evaluating formulas on all of them at once.

    Missing precisions are filled with the rate that stands in for them, nan where none is known; prices are left out.
    """
    bf16 = _column(each.bf16_flops_per_second for each in accelerators)
    fp8 = np.array([each.eight_bit_flops_per_second or rate for each, rate in zip(accelerators, bf16, strict=True)])
    fp4 = np.array([each.fp4_flops_per_second or rate for each, rate in zip(accelerators, fp8, strict=True)])
    rates = {
        "bf16_flops_per_second": bf16,
        "fp8_flops_per_second": fp8,
        "fp4_flops_per_second": fp4,
        "eight_bit": "fp8",
    }
    bandwidth = _column(each.bytes_per_second for each in accelerators)
    return accelerators[0].model_copy(update={**rates, "bytes_per_second": bandwidth, "usd_per_hour": None})


def _throughout(lacking: Numeric) -> bool:
    """True where every element lacks its rate; an array without elements, which only probes shapes, lacks nothing."""
    return bool(np.size(lacking) and np.all(lacking))


def _column(values: Iterable[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values])


def _check_bits(bits: Numeric) -> None:
    """Refuse a precision without a rate: its FLOPs would be charged at a rate of zero."""
    known = (bits == 16) | (bits == 8) | (bits == 4)
    if known is not True and not np.all(known):
        raise DomainError(Problem("bits", f"{quote(bits)} is not allowed; must be one of 4, 8, 16"))
