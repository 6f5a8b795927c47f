"""The numbers at the top of Explore, each beside the unchanged preset."""

import streamlit as st

from app.estimates import estimated
from app.widgets import prices
from app.wording import change, count, digits, plain, si, tokens, usd
from costmodel import Cheapest, Decision, Scenario, attention_bound, cheapest


def draw(scenario: Scenario, baseline: Scenario, best: Cheapest | None) -> None:
    """Metric cards; those of costs only where there is one."""
    model, before = scenario.model, baseline.model
    then = cheapest(baseline)
    work, work_then = (each.model.decode_work(each.workload) for each in (scenario, baseline))
    total, total_then = model.parameters.total, before.parameters.total
    with st.grid(6, min_column_width=150, gap="small"):
        if best is not None:
            _metric("Cost with AFD", usd(best.pair.total), change(best.pair.total, then.pair.total))
            _metric("Without AFD", usd(best.single.total), change(best.single.total, then.single.total))
        cached, cached_then = model.kv_bytes_per_token, before.kv_bytes_per_token
        _metric("KV per token", si(cached, "B"), change(cached, cached_then))
        intensity, intensity_then = work.arithmetic_intensity, work_then.arithmetic_intensity
        _metric("Intensity", digits(intensity), change(intensity, intensity_then), good="off")
        rank, rank_then = model.effective_rank, before.effective_rank
        _metric("Effective rank", f"{rank:,.0f}", change(rank, rank_then), good="normal")
        _metric("Parameters", count(total), change(total, total_then), good="off")


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
    "Difference: to the unchanged preset at the default workload, accelerators and prices.",
    "Without AFD": "USD per 1M tokens on the cheapest accelerator when it does everything.",
    "KV per token": "Bytes of cache that one more token adds, all layers.",
    "Intensity": "Attention core FLOPs per byte of KV cache read; memory-bound below an accelerator's ridge.",
    "Effective rank": "Total width of the query heads, heads x width: a proxy for what attention can express.",
    "Parameters": "Stored parameters with embeddings; active ones are multiplied per token. S is the MoE sparsity.",
}


def _sizes(scenario: Scenario) -> str:
    """Cache of a sequence and active parameters."""
    model, context = scenario.model, scenario.workload.context
    return (
        f"The cache takes {si(model.sequence_bytes(context), 'B')} per sequence at {tokens(context)}; "
        f"{count(model.parameters.active)} parameters are active per token (S {model.sparsity:.3f})."
    )


def bounds(scenario: Scenario, found: Decision) -> None:
    """What binds attention on the accelerators of the limit's two ways, and the sizes behind it, in words."""
    st.markdown(f":small[{_bounds(scenario, found)} {_sizes(scenario)}]")


def _bounds(scenario: Scenario, found: Decision) -> str:
    said = []
    ways = [way for way in (found.limit.pair, found.limit.single) if way is not None]
    carrying = {way.attention_on.id: way.attention_on for way in ways}
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


def assumptions(scenario: Scenario) -> None:
    """Assumptions behind every number on the page."""
    said = ["Ideal peak rates, fully used; decoding only; embedding, LM head, router and norms left out of costs."]
    bits = {group.compute_bits for group in (*scenario.model.attention, *scenario.model.ffn)}
    said += [
        words for accelerator in scenario.accelerators for bit in sorted(bits) if (words := accelerator.fallback(bit))
    ]
    if any(getattr(group, "accounting", "exact") == "paper" for group in scenario.model.attention):
        said.append("MLA in the paper's accounting (values charged with c + e).")
    said.append(prices.in_words(scenario))
    said += estimated(scenario.accelerators)
    st.caption(f":material/info: {plain(' · '.join(said))}")
