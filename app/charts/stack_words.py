"""Layers in a few words: `61 MFA layers`, `12 GQA, 36 GQA 8K window layers`, `3 dense, 58 MoE layers`."""

from app.wording import tokens
from costmodel import Mechanism, Model


def attention_layers(model: Model) -> str:
    """Groups of the attention stack."""
    return _stack(model.attention)


def ffn_layers(model: Model) -> str:
    """Groups of the FFN stack."""
    return _stack(model.ffn)


def mechanism(group: Mechanism) -> str:
    """The short name of a mechanism, with its window where it has one."""
    window = getattr(group, "window", None)
    name = group.in_words()
    return name if window is None else f"{name} {tokens(window)} window"


def _stack(groups: tuple[Mechanism, ...]) -> str:
    return f"{', '.join(f'{group.layers} {mechanism(group)}' for group in groups)} layers"
