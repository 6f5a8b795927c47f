"""The numbers at the top of Explore, each beside the unchanged preset."""

import streamlit as st

from app.views.estimates import estimated
from app.wording import change, count, digits, percent, plain, si, tokens, usd
from costmodel import Cheapest, Scenario, attention_bound, cheapest

SAVING_TOLD = 0.0005


def draw(scenario: Scenario, baseline: Scenario, best: Cheapest) -> None:
    """Metric cards, and in words what they add up to and what binds."""
    model, before = scenario.model, baseline.model
    then = cheapest(baseline)
    work, work_then = (each.model.decode_work(each.workload) for each in (scenario, baseline))
    single, single_then = best.single.total, then.single.total
    total, total_then = model.parameters.total, before.parameters.total
    with st.grid(6, min_column_width=150, gap="small"):
        _metric("Cost with AFD", usd(best.pair.total), change(best.pair.total, then.pair.total))
        _metric("Best single accelerator", usd(single), change(single, single_then))
        cached, cached_then = model.kv_bytes_per_token, before.kv_bytes_per_token
        _metric("KV per token", si(cached, "B"), change(cached, cached_then))
        intensity, intensity_then = work.arithmetic_intensity, work_then.arithmetic_intensity
        _metric("Intensity", digits(intensity), change(intensity, intensity_then), good="off")
        rank, rank_then = model.effective_rank, before.effective_rank
        _metric("Effective rank", f"{rank:,.0f}", change(rank, rank_then), good="normal")
        _metric("Parameters", count(total), change(total, total_then), good="off")
    st.markdown(" ".join((_costs(best), _sizes(scenario), _bounds(scenario, best))))


def _metric(label: str, shown: str, delta: str | None, good: str = "inverse") -> None:
    st.metric(
        label,
        shown.replace("$", r"\$"),
        delta=delta,
        delta_color=good,  # type: ignore[arg-type]
        help=_HELP[label],
        border=True,
        height="stretch",
    )


_HELP = {
    "Cost with AFD": "USD per 1M tokens with attention and FFN each on its cheapest accelerator, at ideal rates. "
    "Difference: to the unchanged preset at the same workload and accelerators.",
    "Best single accelerator": "USD per 1M tokens on the cheapest accelerator when it does everything.",
    "KV per token": "Bytes of cache that one more token adds, all layers.",
    "Intensity": "Attention core FLOPs per byte of KV cache read; memory-bound below an accelerator's ridge.",
    "Effective rank": "Total width of the query heads, heads x width: a proxy for what attention can express.",
    "Parameters": "Stored parameters with embeddings; active ones are multiplied per token. S is the MoE sparsity.",
}


def _costs(best: Cheapest) -> str:
    """Cost of a million tokens, and on which accelerators."""
    alone = best.single.attention_on
    cost, single = (usd(each.total).replace("$", r"\$") for each in (best.pair, best.single))
    saving = best.saving
    if saving < SAVING_TOLD:
        return (
            f"A million tokens cost **{cost}** on **{plain(alone.name)}**; a second kind of accelerator saves nothing."
        )
    pair = f"attention on **{plain(best.pair.attention_on.name)}** and the FFN on **{plain(best.pair.ffn_on.name)}**"
    less = f"{percent(saving)} less than the {single} of **{plain(alone.name)}** alone"
    return f"A million tokens cost **{cost}** with {pair}, {less}."


def _sizes(scenario: Scenario) -> str:
    """Cache of a sequence and active parameters."""
    model, context = scenario.model, scenario.workload.context
    return (
        f"The cache takes {si(model.sequence_bytes(context), 'B')} per sequence at {tokens(context)}; "
        f"{count(model.parameters.active)} parameters are active per token (S {model.sparsity:.3f})."
    )


def _bounds(scenario: Scenario, best: Cheapest) -> str:
    """The bound in plain English, for the accelerator that attention runs on and for the cheapest single
    accelerator.
    """
    said = []
    carrying = {each.id: each for each in (best.pair.attention_on, best.single.attention_on)}
    for accelerator in carrying.values():
        bound = attention_bound(scenario.model, accelerator, scenario.workload)
        kind = "memory" if bound.memory else "compute"
        said.append(
            f"On **{plain(accelerator.name)}** attention is **{kind}-bound**: it does {digits(bound.intensity)} FLOPs "
            f"per byte, the accelerator offers {digits(bound.ridge)}."
        )
        if bound.indexer is not None:
            kind = "memory" if bound.indexer.memory else "compute"
            said.append(f"Its indexer is **{kind}-bound** at {digits(bound.indexer.intensity)} FLOPs per byte.")
    return " ".join(said)


def assumptions(scenario: Scenario, best: Cheapest) -> None:
    """Assumptions behind every number on the page."""
    said = ["Ideal peak rates, fully used; decoding only; embedding, LM head, router and norms left out of costs."]
    bits = {group.compute_bits for group in (*scenario.model.attention, *scenario.model.ffn)}
    said += [
        words for accelerator in scenario.accelerators for bit in sorted(bits) if (words := accelerator.fallback(bit))
    ]
    if any(getattr(group, "accounting", "exact") == "paper" for group in scenario.model.attention):
        said.append("MLA in the paper's accounting (values charged with c + e).")
    said += estimated((best.pair.attention_on, best.pair.ffn_on, best.single.attention_on))
    st.caption(f":material/info: {plain(' · '.join(said))}")
