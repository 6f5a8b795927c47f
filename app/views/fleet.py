"""Fleet: servers of three pools over the day, the bill, power, and owning or renting."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from app import billing, session
from app.billing import Day
from app.charts import fleet_day, month_bills
from app.estimates import estimated
from app.views import share, starts, traced, why
from app.views.layout import View, chart_card, metric_card, switched_card
from app.views.tables import MISSING, Numbers, table, whole
from app.widgets import changes
from app.wording import digits, duration, money, percent, plain, usd, verbatim
from costmodel import (
    DomainError,
    Scenario,
    explain_fleet,
    hours_csv,
    tdp_estimates,
)

POOLS = {"prefill": "prefill", "attention": "attention", "ffn": "FFN"}


def draw() -> None:
    """The answer in a sentence, the day, bills, pools, power, ownership, the trace."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.title("How many servers, at which hour, for how much?", anchor=False)
        share.draw("fleet")
    with st.container():
        changes.draw()
    # The answer stands above the upload that it may come from.
    answer = st.container()
    with st.expander("Demand from a request trace", icon=":material/query_stats:", expanded=False):
        traced.draw()
    scenario = session.scenario()
    with answer:
        try:
            found = billing.day(scenario)
        except DomainError as error:
            st.warning("This fleet cannot be sized.", icon=":material/block:")
            st.text(verbatim(str(error)))
            return
        _headline(scenario, found)
    _charts(found)
    if traced.is_used():
        st.download_button(
            "Hours for this trace (CSV)",
            lambda: hours_csv(found.fleet),
            "afd-fleet-trace.csv",
            "text/csv",
            icon=":material/table:",
            on_click="ignore",
            help="Servers, spares and power of every pool and hour, as shown here.",
        )
    _pools(found)
    _owned(found)
    starts.draw(found.fleet)
    why.explained(explain_fleet(found.fleet), "fleet")


def _headline(scenario: Scenario, found: Day) -> None:
    """The answer in one sentence, then what it rests on, then numbers."""
    fleet, slot = found.fleet, found.fleet.busiest
    peak = ", ".join(f"{int(fleet.follow.total(pool)[slot]):,} {words}" for pool, words in POOLS.items())
    like = " like those of the trace" if traced.is_used() else ""
    st.header(
        f"{scenario.demand.requests_per_day / 1e6:,.4g} M requests a day{like} cost {money(fleet.usd_per_month)} "
        f"a month: {peak} servers at the peak",
        anchor=False,
    )
    more = fleet.static_usd_per_month / fleet.usd_per_month - 1
    kinds = ", ".join(f"{words} on **{plain(fleet.follow.accelerators[pool].name)}**" for pool, words in POOLS.items())
    said = [
        f"{kinds[0].upper()}{kinds[1:]}; {POOLS[fleet.binding]} is used most at the peak and grows next.",
        f"That is a perfect autoscaler, the bound for any real one: the peak all day costs {percent(more)} more.",
    ]
    if fleet.saved_usd_per_day > 0:
        said.append(f"Attention servers that follow the context save {money(fleet.saved_usd_per_day)} a day.")
    st.markdown(" ".join(said))
    for text in fleet.warnings:
        st.warning(plain(text), icon=":material/lan:")
    unknown, power = "missing" in found.power, found.power
    with st.grid(4, min_column_width=150):
        metric_card("Bill of a month", usd(fleet.usd_per_month), f"peak all day {money(fleet.static_usd_per_month)}")
        metric_card("1,000 requests", usd(fleet.usd_per_request * 1000), "the bill over all requests")
        spares = sum(row["peak_spares"] for row in found.pools)
        metric_card("Spares", f"{spares:,}", f"at the peak, for {percent(fleet.demand.availability)} of each pool")
        late = duration(fleet.worst_wait)
        metric_card("Prefill wait", late, f"worst hour, {percent(fleet.demand.ttft_share)} of requests; approximate")
        if unknown:
            metric_card("Power", MISSING, "no TDP is known: set it under Hardware")
        else:
            rough = ", TDP estimated" if tdp_estimates(fleet.follow.accelerators.values()) else ""
            mean = f"peak; mean {digits(power['mean_kilowatts'])} kW{rough}"
            metric_card("Power", f"{digits(power['peak_kilowatts'])} kW", mean)
            joules = f"{digits(power['joules_per_output_token'])} J"
            spent = f"input token {digits(power['joules_per_input_token'])} J{rough}"
            metric_card("Energy per output token", joules, spent)
            joules = f"{digits(power['joules_per_request'])} J"
            metric_card("Energy per request", joules, f"idle power of spares included{rough}")
            metric_card("Carbon", f"{digits(power['grams_per_request'] * 1000)} mg", f"CO2 per request{rough}")
        if "accelerators_in_budget" in power:
            metric_card("Power budget", f"{power['accelerators_in_budget']:,}", "accelerators that it feeds")
    lines = (*traced.notes(), *fleet.assumptions, *estimated(fleet.follow.accelerators.values()))
    st.caption("  \n".join(plain(line) for line in lines))


def _charts(found: Day) -> None:
    theme, hours = session.theme(), found.hours
    steps = "Whole servers of each hour, headroom and cold start included"
    views = {
        "follow": View(
            "Attention follows context",
            f"{steps}; attention servers follow the context, FFN instances the tokens",
            lambda: fleet_day.chart(theme, hours, "follow"),
            lambda: fleet_day.in_words(hours, "follow"),
        ),
        "fixed": View(
            "Fixed instances",
            f"{steps}; AFD instances of one shape",
            lambda: fleet_day.chart(theme, hours, "fixed"),
            lambda: fleet_day.in_words(hours, "fixed"),
        ),
    }
    if "missing" not in found.power:
        views["power"] = View(
            "Power",
            "Power at the meter of each pool, spares idle",
            lambda: fleet_day.chart(theme, hours, "follow", fleet_day.POWER),
            lambda: fleet_day.in_words(hours, "follow", fleet_day.POWER),
        )
    switched_card("fleet.day", "Servers over the day", views, "Which schedule the steps show, or their power.")
    drawn, said = month_bills.chart(theme, found.fleet), month_bills.in_words(found.fleet)
    chart_card(month_bills.TITLE, month_bills.CAPTION, drawn, "month bills", said)


def _pools(found: Day) -> None:
    names = {each.id: each.name for each in found.fleet.follow.accelerators.values()}
    rows = found.pools
    with st.container(border=True):
        st.markdown("**The three pools**")
        st.caption(f"Instance: {plain(found.fleet.plan.words)}")
        # A column for each pool: nine columns of figures would leave most of them out of a phone's sight.
        shown: dict[str, tuple[str, Callable[[float], str]]] = {
            "Peak servers": ("peak_servers", whole),
            "Mean servers": ("mean_servers", digits),
            "Spares at the peak": ("peak_spares", whole),
            "Used": ("utilization", percent),
            "Failures a day": ("failures_per_day", digits),
            "USD a day": ("usd_per_day", money),
            "Saved by autoscaling": ("saved_by_autoscaling", percent),
        }
        columns = {"Pool": ["On", *shown]}
        for row in rows:
            figures = [words(row[name]) for name, words in shown.values()]
            columns[POOLS[row["pool"]]] = [plain(names[row["accelerator"]]), *figures]
        st.table(pd.DataFrame(columns), border="horizontal", hide_index=True, alt="The three pools")


def _owned(found: Day) -> None:
    with st.expander("Own or rent", icon=":material/account_balance:"):
        if not found.owned:
            st.caption(
                "Set the purchase price and the TDP of an accelerator under Hardware, and years, interest and hosting "
                "under Ownership."
            )
            return
        names = {each.id: each.name for each in session.scenario().accelerators}
        rows = found.owned
        table(
            {
                "Accelerator": [names[row["accelerator"]] for row in rows],
                "Owned, USD/h": Numbers([row["usd_per_hour"] for row in rows], usd),
                "Rented, USD/h": Numbers([row["rent_usd_per_hour"] for row in rows], usd),
                "Capital": Numbers([row["capital"] for row in rows], usd),
                "Upkeep": Numbers([row["upkeep"] for row in rows], usd),
                "Electricity": Numbers([row["electricity"] for row in rows], usd),
                "Hosting": Numbers([row["hosting"] for row in rows], usd),
                "Owning pays from, h/year": Numbers([row["break_even_hours_per_year"] for row in rows], whole),
                "Pays back, months": Numbers([row["months_to_pay_back"] for row in rows], digits),
            },
            "owned",
        )
        st.caption(
            "A dash under hours: renting is cheaper even if the accelerator runs all year; under months: the rent not "
            "paid never returns the purchase price. Months leave interest out and count an accelerator that is on all "
            "year; Ownership sets how many years it serves."
        )


draw()
