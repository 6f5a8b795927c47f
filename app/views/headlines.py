"""The numbers at the top of Explore, each beside the unchanged preset, and what was changed."""

import streamlit as st

from app import state
from app.text import change, count, digits, field_value, plain, si, tokens, usd
from costmodel import Cheapest, Scenario, attention_bound, cheapest
from costmodel.paths import fields, replace_valid, values
from costmodel.spec import Quantity


def draw(scenario: Scenario, baseline: Scenario, best: Cheapest) -> None:
    """Metric cards and the sentence that names the bound."""
    model, before = scenario.model, baseline.model
    then = cheapest(before, baseline.accelerators, baseline.workload)
    context = scenario.workload.context
    names = {card.id: card.name for card in scenario.accelerators}
    pair = f"attention on {best.attention_on.name}, FFN on {best.ffn_on.name}"
    work, work_then = (each.model.decode_work(each.workload) for each in (scenario, baseline))
    with st.grid(6, min_column_width=150, gap="small"):
        _metric(
            "Cost with AFD", usd(best.cost.total), change(best.cost.total, then.cost.total), f"per 1M tokens: {pair}"
        )
        _metric(
            "Best single card",
            usd(best.best_single.total),
            change(best.best_single.total, then.best_single.total),
            f"per 1M tokens, all on {names[best.best_single.attention_on]}",
        )
        _metric(
            "KV per token",
            si(model.kv_bytes_per_token, "B"),
            change(model.kv_bytes_per_token, before.kv_bytes_per_token),
            f"{si(model.kv_bytes_per_sequence(context), 'B')} per sequence at {tokens(context)}",
        )
        _metric(
            "Intensity",
            digits(work.arithmetic_intensity),
            change(work.arithmetic_intensity, work_then.arithmetic_intensity),
            "attention FLOP per KV byte",
            good="off",
        )
        _metric(
            "Effective rank",
            f"{model.effective_rank:,.0f}",
            change(model.effective_rank, before.effective_rank),
            "query heads x width",
            good="normal",
        )
        _metric(
            "Parameters",
            count(model.parameters.total),
            change(model.parameters.total, before.parameters.total),
            f"{count(model.parameters.active)} active per token, S {model.sparsity:.3f}",
            good="off",
        )
    st.markdown(_sentence(scenario, best))


def _metric(label: str, shown: str, delta: str | None, below: str, good: str = "inverse") -> None:
    with st.container(border=True, height="stretch", gap="xxsmall"):
        st.metric(label, shown.replace("$", r"\$"), delta=delta, delta_color=good, help=_HELP[label])  # type: ignore[arg-type]
        st.caption(below)


_HELP = {
    "Cost with AFD": "Attention and FFN each on the card that does it cheapest, at ideal rates. "
    "Difference: to the unchanged preset at the same workload and cards.",
    "Best single card": "The cheapest card when it does everything.",
    "KV per token": "Cache that one more token adds, all layers.",
    "Intensity": "Attention core FLOPs per byte of KV cache read; memory-bound below a card's ridge.",
    "Effective rank": "Total width of the query heads: a proxy for what attention can express.",
    "Parameters": "Stored parameters with embeddings; active ones are multiplied per token. S is the MoE sparsity.",
}


def _sentence(scenario: Scenario, best: Cheapest) -> str:
    """The bound in plain English, for the card that attention runs on and for the cheapest single card."""
    said = []
    cards = {card.id: card for card in scenario.accelerators}
    for card in (cards[name] for name in dict.fromkeys((best.attention_on.id, best.best_single.attention_on))):
        bound = attention_bound(scenario.model, card, scenario.workload)
        kind = "memory" if bound.memory else "compute"
        said.append(
            f"On **{plain(card.name)}** attention is **{kind}-bound**: it does {digits(bound.intensity)} FLOPs "
            f"per byte, the card offers {digits(bound.ridge)}."
        )
    saving = 1 - best.cost.total / best.best_single.total
    if saving >= 0.0005:
        said.append(f"AFD saves **{saving:.1%}** over the best single card.")
    else:
        said.append("Two kinds of cards save nothing here: one card is best at both.")
    return " ".join(said)


def changes(scenario: Scenario, preset: Scenario) -> None:
    """Every knob that was moved away from its preset, each with a reset, and a reset for all."""
    now, before, marks = values(scenario), values(preset), fields(scenario)
    moved = [path for path in now if path in before and now[path] != before[path]]
    swapped = [
        f"{stack}.{index}.kind"
        for stack in ("attention", "ffn")
        for index, group in enumerate(getattr(scenario.model, stack))
        if type(group) is not type(getattr(preset.model, stack)[min(index, len(getattr(preset.model, stack)) - 1)])
    ]
    if not moved and not swapped and scenario.model == preset.model:
        return
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.caption(f"Changed from {preset.model.name}:", width="content")
        for path in moved:
            mark = marks[path]
            if isinstance(mark, Quantity):
                old, new = field_value(mark, before[path]), field_value(mark, now[path])
            else:
                old, new = before[path], now[path]
            st.button(
                f"{mark.label} {old} → {new}",
                key=f"reset {path}",
                icon=":material/undo:",
                type="tertiary",
                on_click=_reset,
                args=(path, before[path]),
                help=f"Put {path} back to {old}.",
            )
        st.button(
            "Reset all",
            key="reset all",
            icon=":material/restart_alt:",
            on_click=state.load,
            args=(preset,),
            help="Put every knob of the model back to its preset.",
        )


def _reset(path: str, value: object) -> None:
    """Where the value does not fit to other changes any more, the reason is told."""
    new, rejected = replace_valid(state.scenario(), {path: value})
    state.load(new, tuple(rejected))


def assumptions(scenario: Scenario) -> None:
    """What every number on the page takes for granted, beside the numbers."""
    said = ["Ideal peak rates, fully used; decoding only; embedding, LM head, router and norms left out of costs."]
    bits = {group.compute_bits for group in (*scenario.model.attention, *scenario.model.ffn)}
    said += [told for card in scenario.accelerators for bit in sorted(bits) if (told := card.fallback(bit))]
    if any(getattr(group, "accounting", "exact") == "paper" for group in scenario.model.attention):
        said.append("MLA in the paper's accounting (values charged with c + e).")
    st.caption(f":material/info: {plain(' · '.join(said)).replace('  ', ' · ')}")
