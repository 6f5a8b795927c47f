"""Prices that were never published: a mark at the accelerator in every ranking by cost, and its origin in words."""

from collections.abc import Iterable

from costmodel import Accelerator, accelerators, load_accelerator

MARK = "*"
NOTE = f"{MARK} price is an estimate"


def is_estimated(accelerator: Accelerator) -> bool:
    """True where the price is its preset's estimate; one that was set by hand is none."""
    return bool(
        accelerator.price_estimate
        and accelerator.id in accelerators()
        and accelerator.usd_per_hour == load_accelerator(accelerator.id).usd_per_hour
    )


def marked(accelerator: Accelerator) -> str:
    """The name, with a mark where the price is an estimate."""
    return f"{accelerator.name}{MARK if is_estimated(accelerator) else ''}"


def noted(caption: str, used: Iterable[Accelerator]) -> str:
    """A caption that explains the mark where it is used."""
    return f"{caption}; {NOTE}" if any(map(is_estimated, used)) else caption


def estimated(used: Iterable[Accelerator]) -> list[str]:
    """A sentence for each accelerator whose price is an estimate."""
    return [
        f"{MARK} The price of {each.name} is an estimate, {each.price_estimate}."
        for each in {each.id: each for each in used}.values()
        if is_estimated(each)
    ]
