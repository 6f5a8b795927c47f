"""Prices that were never published, named wherever they decide a result."""

from collections.abc import Iterable

from costmodel import Accelerator, accelerators, load_accelerator


def estimated(used: Iterable[Accelerator]) -> list[str]:
    """A sentence for each accelerator whose price is its preset's estimate; one that was set by hand is none."""
    return [
        f"The price of {each.name} is an estimate, {each.price_estimate}."
        for each in {each.id: each for each in used}.values()
        if each.price_estimate
        and each.id in accelerators()
        and each.usd_per_hour == load_accelerator(each.id).usd_per_hour
    ]
