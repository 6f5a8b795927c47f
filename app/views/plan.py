"""Plan: which accelerators, how many of each, what the deployment delivers, and why not less."""

import streamlit as st

from app import planning, session
from app.charts import gantt, memory, plan_context, stages
from app.planning import Answer
from app.views import share
from app.views.layout import chart_card
from app.widgets import changes
from app.wording import plain, si, tokens, usd, verbatim
from costmodel import ANY, Colocated, DomainError, Plan, Scenario, attention_reach, ffn_servers_needed, mix_of_trace

OBJECTIVES = {"usd": "Cost", "throughput": "Tokens/s per accelerator", "accelerators": "Fewest accelerators"}
RATES = {
    "ideal": "Ideal rates",
    "kernels": "Measured kernels with fixed times",
    "measured": "Measured shares of peak",
    "measured-fa3": "Measured shares, FlashAttention-3 tiles",
}
POOLS = {servers: f"{servers:,} servers" for servers in (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)}
LARGEST_TRACE = 5_000_000


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
    _ranking(found)
    _weaker(scenario)
    _trace()


def _asked() -> Scenario:
    """The scenario, with the settings of this page that change the plan."""
    names = {each.id: each.name for each in session.scenario().accelerators}
    pools = {ANY: "Any accelerator"} | names
    with st.grid(5, min_column_width=170):
        session.field_choice("attention_on", "Attention accelerators", pools, "Accelerator of the attention pool.")
        session.field_choice("ffn_on", "FFN accelerators", pools, "Accelerator of the FFN pool.")
        session.field_choice("objective", "Best by", OBJECTIVES, "What the search makes best.")
        session.field_choice(
            "rates", "Rates", RATES, "Ideal peak rates, or shares of peak that kernels were measured to reach."
        )
        session.field_choice(
            "largest_pool", "Largest pool", POOLS, "Servers of one pool that you would deploy at most, up to 4,096."
        )
    return session.scenario()


def _deployment(plan: Plan, found: Answer) -> None:
    if plan.feasible and (found.verdict is None or found.verdict.winner == "AFD"):
        st.success(f"**{plain(plan.words)}**. {plain(plan.reason)}", icon=":material/check_circle:")
    elif plan.feasible:
        alone = found.colocated.words if found.colocated is not None else ""
        better = f"Do not split: **{plain(alone)}** without AFD is better. The best pair is"
        st.warning(f"{better} {plain(plan.words)}. {plain(plan.reason)}", icon=":material/call_merge:")
    else:
        st.error(f"No deployment meets the SLA. {plain(plan.reason)}", icon=":material/block:")
        for remedy in plan.remedies[1:]:
            st.caption(plain(f"Or: {remedy.text}"))
    price, limit = plan.usd_per_million_tokens, plan.theoretical
    baseline = found.colocated
    with st.grid(6, min_column_width=150):
        _metric("Cost", "" if price is None else usd(price), "USD per 1M tokens")
        _metric("Theoretical limit", "" if limit is None else usd(limit.total), "same pair, fully used")
        shown = baseline.usd_per_million_tokens if baseline is not None and baseline.feasible else None
        below = baseline.words if baseline is not None else "no baseline"
        _metric("Without AFD", "none" if shown is None else usd(shown), plain(below))
        _metric(
            "Throughput",
            f"{plan.tokens_per_second_per_gpu:,.0f}",
            f"tokens/s per accelerator, {plan.accelerator_count} accelerators",
        )
        _metric("TPOT", f"{plan.tpot * 1e3:.1f} ms", f"promised {plan.sla.tpot * 1e3:g} ms")
        _metric("Micro-batch", f"{plan.micro_batch:,}", f"requests, {plan.sla.stages} in flight")
    if found.verdict is not None:
        st.markdown(f"**AFD or not?** {plain(found.verdict.reason)}")
    st.caption("  \n".join(plain(line) for line in _remarks(plan)))


def _remarks(plan: Plan) -> list[str]:
    """What a reader should know beside the numbers, a line each."""
    lines = []
    bubble = plan.bubble
    if bubble.cause is not None:
        lines.append(
            f"Bubble: {bubble.share:.1%} of all accelerator time is lost to unequal layers; {bubble.cause} is slowest."
        )
    if plan.tail is not None:
        lines.append(plan.tail.text)
    rates = ", ".join(dict.fromkeys(profile.words() for profile in plan.rates))
    lines += [plan.network_floor.text, f"Rates: {rates}. Decoding only; memory is filled to the last byte."]
    return lines + ([f"{'; '.join(plan.notes).capitalize()}."] if plan.notes else [])


def _metric(label: str, shown: str, below: str) -> None:
    with st.container(border=True, height="stretch", gap="xxsmall"):
        st.metric(label, shown.replace("$", r"\$"))
        st.caption(below)


def _charts(scenario: Scenario, plan: Plan) -> None:
    theme = session.theme()
    left, right = st.columns(2)
    with left:
        chart_card(stages.TITLE, stages.CAPTION, stages.chart(theme, plan), "stages")
    with right:
        chart_card(memory.TITLE, memory.CAPTION, memory.chart(theme, plan), "memory")
    chart_card(gantt.TITLE, gantt.CAPTION, gantt.chart(theme, plan), "gantt")
    moving = planning.over_context(scenario, plan.attention_on.id, plan.ffn_on.id)
    left, right = st.columns(2)
    with left:
        chart_card(plan_context.TITLE, plan_context.CAPTION, plan_context.chart(theme, moving), "plan context")
    with right, st.container(border=True, height="stretch"):
        st.markdown("**The same as a table**")
        st.caption("Best plan of this pair at each context")
        table = {
            "Context": [tokens(context) for context, _ in moving],
            "Servers": [f"{each.attention_servers}A {each.ffn_servers}F" for _, each in moving],
            "Accelerators": [each.accelerator_count for _, each in moving],
            "Tokens/s per accelerator": [f"{each.tokens_per_second_per_gpu:,.0f}" for _, each in moving],
            "Cost per 1M": [usd(each.usd_per_million_tokens or 0) if each.feasible else "none" for _, each in moving],
        }
        st.table(table, border="horizontal")


def _ranking(found: Answer) -> None:
    with st.container(border=True):
        st.markdown("**All pairs, and every accelerator alone**")
        st.caption("The best plan of each, best first, and what stops it from doing better")
        rows = found.rows
        shown = [row.deployment if row.feasible else None for row in rows]
        st.dataframe(
            {
                "Rank": [row.rank for row in rows],
                "Attention on": [row.attention_on.name for row in rows],
                "FFN on": [row.ffn_on.name if row.afd else "the same, without AFD" for row in rows],
                "Servers": ["" if each is None else _servers(each) for each in shown],
                "USD per 1M": [None if each is None else each.usd_per_million_tokens for each in shown],
                "Tokens/s per accelerator": [
                    None if each is None else each.tokens_per_second_per_gpu for each in shown
                ],
                "Accelerators": [None if each is None else each.accelerator_count for each in shown],
                "What limits it": [verbatim(row.reason) for row in rows],
            },
            hide_index=True,
            width="stretch",
            key="pairs",
            column_config={
                "USD per 1M": st.column_config.NumberColumn(format="%.4f"),
                "Tokens/s per accelerator": st.column_config.NumberColumn(format="%.0f"),
            },
        )


def _servers(found: Plan | Colocated) -> str:
    return f"{found.attention_servers}A {found.ffn_servers}F" if isinstance(found, Plan) else f"{found.servers}"


def _weaker(scenario: Scenario) -> None:
    with st.container(border=True):
        st.markdown("**What each accelerator could hold**")
        st.caption(
            "Paper sec. 6: cache that one attention layer can read within its budget, and the FFN servers whose "
            "accelerators read all weights with half of their bandwidth"
        )
        reaches = [
            attention_reach(scenario.model, accelerator, sla=scenario.sla, workload=scenario.workload)
            for accelerator in scenario.accelerators
        ]
        needed = [
            ffn_servers_needed(scenario.model, accelerator, sla=scenario.sla, workload=scenario.workload)
            for accelerator in scenario.accelerators
        ]
        st.table(
            {
                "Accelerator": [accelerator.name for accelerator in scenario.accelerators],
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


def _trace() -> None:
    with st.expander("Context from a request trace", icon=":material/query_stats:"):
        st.caption(
            "A CSV with a prompt and an output length per request. Long outputs are seen by more decode steps, so the "
            "mean context is length-biased; the plan uses the mean and reports the 95th percentile server."
        )
        upload = st.file_uploader(
            "Request trace", type=["csv"], key="trace", help="Columns prompt and output, in tokens."
        )
        if upload is None:
            return
        if upload.size > LARGEST_TRACE:
            st.error(f"A trace holds at most {LARGEST_TRACE:,} bytes, this one has {upload.size:,}.")
            return
        try:
            mix = mix_of_trace(upload.getvalue().decode("utf-8", errors="replace"))
        except DomainError as error:
            st.error("This trace cannot be used.")
            st.text(verbatim(str(error)))
            return
        st.markdown(
            f"{mix.requests:,} requests: a decode step sees {mix.mean:,.0f} tokens, give or take {mix.deviation:,.0f}."
        )
        if st.button(
            "Plan for this trace", icon=":material/play_arrow:", help="Set context and its spread from the trace."
        ):
            seen = mix.workload()
            session.load(session.scenario().replace(workload=seen))
            st.rerun()


draw()
