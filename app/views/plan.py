"""Plan: which accelerators, how many of each, what the deployment delivers, and why not less."""

from collections.abc import Sequence

import streamlit as st

from app import planning, session, verdicts
from app.charts import gantt, memory, plan_context, stages
from app.estimates import estimated, marked, noted
from app.planning import Answer
from app.views import bridged, share, trace, varied
from app.views.layout import chart_card
from app.views.tables import MISSING, Numbers, table, whole
from app.widgets import changes, prices
from app.widgets.controls import unusual
from app.wording import duration, percent, plain, si, tokens, usd, verbatim
from costmodel import (
    ANY,
    Colocated,
    Plan,
    PlanRow,
    Scenario,
    Verdict,
    attention_reach,
    cheapest,
    ffn_servers_needed,
)

OBJECTIVES = {"usd": "Cost", "throughput": "Tokens/s per accelerator", "accelerators": "Fewest accelerators"}
RATES = {
    "ideal": "Ideal rates",
    "kernels": "Measured kernels with fixed times",
    "measured": "Measured shares of peak",
    "measured-fa3": "Measured shares, FlashAttention-3 tiles",
}
POOLS = {servers: f"{servers:,} servers" for servers in (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)}
AFD = "AFD"


def draw() -> None:
    """The question, the deployment in words, its numbers, charts and alternatives."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.title("Which accelerators, and how many of each?", anchor=False)
        share.draw("plan")
    # In a block of its own: what comes and goes there does not move the rest.
    with st.container():
        changes.draw()
    scenario = _asked()
    found = planning.answer(scenario)
    if found.plan is None:
        st.warning(plain(found.afd.reason), icon=":material/block:")
    else:
        # In a block of their own, words that come and go do not make the browser build the charts below anew.
        with st.container():
            _deployment(found.plan, found)
        _charts(scenario, found.plan)
    if any(each.usd_per_hour is not None for each in scenario.accelerators):
        bridged.draw(scenario, _ends(scenario, found.plan))
    if found.plan is not None and found.plan.feasible:
        varied.draw(found.plan)
    _ranking(found)
    _weaker(scenario)
    trace.draw()


def _ends(scenario: Scenario, plan: Plan | None) -> tuple[float, float] | None:
    """Price of the cheapest pair in the limit, as Explore shows it, and of the plan; None where there is no price."""
    if plan is None or not plan.feasible or plan.usd_per_million_tokens is None:
        return None
    return float(cheapest(scenario).pair.total), plan.usd_per_million_tokens


def _asked() -> Scenario:
    """The scenario, with the settings of this page that change the plan."""
    names = {each.id: each.name for each in session.scenario().accelerators}
    pools = {ANY: "Any accelerator"} | names
    with st.grid(5, min_column_width=170):
        session.field_choice("attention_on", "Attention accelerators", pools, "Accelerator of the attention pool.")
        session.field_choice("ffn_on", "FFN accelerators", pools, "Accelerator of the FFN pool.")
        session.field_choice("objective", "Best by", OBJECTIVES, "What the search makes best.")
        session.field_choice(
            "rates",
            "Rates",
            RATES,
            "Ideal rates: the limit, nothing is lost. Measured kernels: the time of every kernel with its fixed part, "
            "communication and step overhead; the page Truth shows how far off they are. Measured shares: one share of "
            "peak for each kind of work, from the paper's kernels, known for few accelerators; with FlashAttention-3 "
            "tiles where query rows are padded to 64.",
        )
        session.field_choice(
            "largest_pool", "Largest pool", POOLS, "Servers of one pool that you would deploy at most, up to 4,096."
        )
    return session.scenario()


def _deployment(plan: Plan, found: Answer) -> None:
    """The verdict first, then the numbers of the best pair; those of a plan that misses the SLA do not exist."""
    _verdict(plan, found)
    if plan.feasible:
        _numbers(plan, found)
    if found.verdict is not None:
        st.markdown(f"**AFD or not?** {plain(found.verdict.reason)}")
    st.caption("  \n".join(plain(line) for line in _remarks(plan, found.alone)))


def _verdict(plan: Plan, found: Answer) -> None:
    """One sentence whose colour says whether to split: green only where AFD is better and the tail keeps the SLA."""
    alone, judged = found.colocated, found.verdict
    late = f" {plan.tail.text}" if plan.tail is not None and not plan.tail.feasible else ""
    other = "" if alone is None else f"**{plain(alone.words)}** without AFD"
    pair, why = f"**{plain(plan.words)}**", plain(f"{plan.reason}{late}")
    if not plan.feasible and alone is not None and alone.feasible:
        st.warning(f"Do not split: {other}. No AFD deployment meets the SLA. {why}", icon=":material/block:")
    elif not plan.feasible:
        st.error(f"No deployment meets the SLA. {why}", icon=":material/block:")
    elif judged is None or judged.output_factor is None:
        show = st.warning if late else st.success
        show(f"Split: {pair}. {why}", icon=":material/call_split:")
    elif judged.even:
        show = st.warning if late else st.info
        show(f"Even: {pair}, which {_against(judged)} than {other}. {why}", icon=":material/drag_handle:")
    elif judged.winner != AFD:
        st.warning(f"Do not split: {other}. The best pair {_against(judged)}: {pair}. {why}", icon=":material/block:")
    else:
        show = st.warning if late else st.success
        show(f"Split: {pair}, which {_against(judged)} than {other}. {why}", icon=":material/call_split:")
    for note in verdicts.even_notes([] if judged is None else [(judged.change, judged.band)]):
        st.caption(plain(note))
    if not plan.feasible:
        for remedy in plan.remedies[1:]:
            st.caption(plain(f"Or: {remedy.text}"))


def _against(judged: Verdict) -> str:
    """AFD beside the best accelerator without it, in words."""
    if judged.cost_factor is not None:
        change = 1 / judged.cost_factor - 1
        return f"costs {percent(abs(change))} {'more' if change > 0 else 'less'}"
    change = (judged.output_factor or 1.0) - 1
    return f"delivers {percent(abs(change))} {'more' if change > 0 else 'less'} per accelerator"


def _numbers(plan: Plan, found: Answer) -> None:
    price, limit, baseline = plan.usd_per_million_tokens, plan.theoretical, found.colocated
    ideal = all(rates.is_ideal for rates in plan.rates)
    with st.grid(6, min_column_width=150):
        unit = "USD per 1M tokens" if price is not None else "no price: set one under Hardware"
        _metric("Cost", MISSING if price is None else usd(price), unit)
        _metric("Theoretical limit", MISSING if limit is None else usd(limit.total), "same pair, fully used")
        shown = baseline.usd_per_million_tokens if baseline is not None and baseline.feasible else None
        below = baseline.words if baseline is not None else "no baseline"
        _metric("Without AFD", MISSING if shown is None else usd(shown), plain(below))
        each = "tokens/s per accelerator"
        output = f"{plan.tokens_per_second_per_gpu:,.0f}"
        below = f"{each} at peak rates" if ideal else f"{each}{_within(plan)}"
        _metric("Throughput limit" if ideal else "Throughput", output, below)
        _metric("TPOT", duration(plan.tpot), f"SLA: {duration(plan.sla.tpot)}")
        _metric("Micro-batch", f"{plan.micro_batch:,}", f"requests, {plan.sla.stages} in flight")


def _within(plan: Plan) -> str:
    """The range in which four of five measured deployments lay, where kernels are modelled."""
    if plan.output_range is None:
        return ""
    low, high = plan.output_range
    return f", measured {low:,.0f} to {high:,.0f}"


def _remarks(plan: Plan, alone: PlanRow) -> list[str]:
    """Assumptions and limits of the plan, and what the pool that it is compared with borrows, a line each."""
    lines = []
    bubble = plan.bubble
    if bubble.cause is not None:
        lines.append(
            f"Bubble: unequal layers lose {percent(bubble.share)} of all accelerator time; {bubble.cause} is slowest."
        )
    if plan.tail is not None and plan.tail.feasible:
        lines.append(plan.tail.text)
    if note := unusual("sla.tpot", plan.sla.tpot):
        lines.append(note)
    rates = ", ".join(dict.fromkeys(each.words() for each in plan.rates))
    lines.append(prices.in_words(session.scenario()))
    used = {each.id: each for each in (plan.attention_on, plan.ffn_on, alone.attention_on)}.values()
    lines += [*estimated(used), *(f"{each.fallback(8)}." for each in used if each.computes_in_int8)]
    lines += [plan.network_floor.text, f"Rates: {rates}. Decoding only; memory is filled to the last byte."]
    if (placement := session.scenario().placement) is not None:
        lines.append(f"Without AFD on the given placement: {placement.words}. AFD has pools of its own.")
    lines += [f"{note[0].upper()}{note[1:]}." for note in plan.notes]
    return lines + [f"Without AFD, {note}." for note in alone.borrowed if note not in plan.notes]


def _metric(label: str, shown: str, below: str) -> None:
    with st.container(border=True, height="stretch", gap="xxsmall"):
        st.metric(label, shown.replace("$", r"\$"))
        st.caption(below)


def _charts(scenario: Scenario, plan: Plan) -> None:
    theme = session.theme()
    if not plan.feasible:
        st.caption(f"The least bad deployment, which misses the SLA: {plain(plan.words)}.")
    left, right = st.columns(2)
    with left:
        chart_card(stages.TITLE, stages.CAPTION, stages.chart(theme, plan), "stages", stages.in_words(plan))
    with right:
        chart_card(memory.TITLE, memory.CAPTION, memory.chart(theme, plan), "memory", memory.in_words(plan))
    if not plan.feasible:
        return
    chart_card(gantt.TITLE, gantt.CAPTION, gantt.chart(theme, plan), "gantt", gantt.in_words(plan))
    moving = planning.over_context(scenario, plan.attention_on.id, plan.ffn_on.id)
    left, right = st.columns(2)
    with left:
        drawn, said = plan_context.chart(theme, moving), plan_context.in_words(moving)
        chart_card(plan_context.TITLE, plan_context.CAPTION, drawn, "plan context", said)
    with right, st.container(border=True, height="stretch"):
        st.markdown("**The same as a table**")
        st.caption("Best plan of this pair at each context")
        counts = [each.accelerator_count if each.feasible else None for _, each in moving]
        priced = [each.usd_per_million_tokens if each.feasible else None for _, each in moving]
        output = [each.tokens_per_second_per_gpu if each.feasible else None for _, each in moving]
        table(
            {
                "Context": Numbers([context for context, _ in moving], tokens),
                "Servers": [_servers(each) if each.feasible else MISSING for _, each in moving],
                "Accelerators": Numbers(counts, whole),
                "Tokens/s per accelerator": Numbers(output, whole),
                **_ranges([each if each.feasible else None for _, each in moving]),
                "USD per 1M": Numbers(priced, usd),
            },
            "plan context table",
        )


def _ranking(found: Answer) -> None:
    with st.container(border=True):
        st.markdown("**All pairs, and every accelerator alone**")
        rows = found.rows
        caption = "The best plan of each, best first, and what stops it from doing better"
        st.caption(plain(noted(caption, (row.attention_on for row in rows))))
        shown = [row.deployment if row.feasible else None for row in rows]
        table(
            {
                "Rank": Numbers([row.rank for row in rows], whole),
                "Attention on": [marked(row.attention_on) for row in rows],
                "FFN on": [marked(row.ffn_on) if row.afd else "the same, without AFD" for row in rows],
                "Servers": [MISSING if each is None else _servers(each) for each in shown],
                "USD per 1M": Numbers([None if each is None else each.usd_per_million_tokens for each in shown], usd),
                "Tokens/s per accelerator": Numbers(
                    [None if each is None else each.tokens_per_second_per_gpu for each in shown], whole
                ),
                **_ranges(shown),
                "Accelerators": Numbers([None if each is None else each.accelerator_count for each in shown], whole),
                "What limits it": [verbatim(row.reason) for row in rows],
            },
            "ranking",
        )


def _ranges(shown: Sequence[Plan | Colocated | None]) -> dict[str, list[str]]:
    """The column of ranges in which four of five measured deployments lay; none at rates without a band."""
    found = [None if each is None else each.output_range for each in shown]
    if not any(found):
        return {}
    marks = ["" if each is None or not each.borrowed else " (borrowed)" for each in shown]
    cells = zip(found, marks, strict=True)
    return {
        "Measured, four of five": [
            MISSING if ends is None else f"{ends[0]:,.0f} to {ends[1]:,.0f}{mark}" for ends, mark in cells
        ]
    }


def _servers(found: Plan | Colocated) -> str:
    return f"{found.attention_servers}A {found.ffn_servers}F" if isinstance(found, Plan) else f"{found.servers}"


def _weaker(scenario: Scenario) -> None:
    with st.container(border=True):
        st.markdown("**What each accelerator could hold**")
        st.caption(
            "Paper sec. 6: cache that one attention layer can read within its budget, and the FFN servers whose "
            "accelerators read all weights with half of their bandwidth"
        )
        listed = [each for each in scenario.accelerators if each.unknown() is None]
        reaches = [
            attention_reach(scenario.model, each, sla=scenario.sla, workload=scenario.workload) for each in listed
        ]
        needed = [
            ffn_servers_needed(scenario.model, each, sla=scenario.sla, workload=scenario.workload) for each in listed
        ]
        st.table(
            {
                "Accelerator": [each.name for each in listed],
                "May touch per layer": [si(reach.touched_bytes, "B") for reach in reaches],
                "Left for KV": [si(reach.kv_bytes, "B") for reach in reaches],
                "Batch x context": [
                    "no limit" if reach.cached_tokens is None else f"{reach.cached_tokens:,} tokens"
                    for reach in reaches
                ],
                "FFN servers for the weights": [f"{need.servers}" for need in needed],
            },
            border="horizontal",
        )
        if left_out := [each.unknown() for each in scenario.accelerators if each not in listed]:
            st.caption(plain(f"Left out: {'; '.join(map(str, left_out))}."))


draw()
