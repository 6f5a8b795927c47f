"""Request: what a request costs, of what, on which three kinds of accelerators, and beside list prices."""

import streamlit as st

from app import billing, session
from app.billing import Bill
from app.charts import bill_parts, offers, pool_choice, request_over
from app.estimates import estimated
from app.views import share, why
from app.views.layout import View, chart_card, metric_card, switched_card
from app.views.tables import Numbers, table
from app.widgets import changes
from app.wording import digits, duration, money, percent, plain, tokens, usd, verbatim
from costmodel import ANY, DomainError, Scenario, assumed_power, explain_request, tdp_estimates

PER = 1000
POOLS = {"prefill": "prefill", "attention": "attention", "ffn": "the FFN"}
LEVELS = {"limit": "Limit", "deployed": "Whole servers"}


def draw() -> None:
    """The answer in a sentence, its numbers, charts, list prices and formulas."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.title("What does a request cost?", anchor=False)
        share.draw("request")
    with st.container():
        changes.draw()
    scenario = _asked()
    try:
        found = billing.bill(scenario)
    except DomainError as error:
        st.warning(plain(str(error)), icon=":material/block:")
        return
    with st.container():
        _headline(scenario, found)
        _numbers(found)
        said = (
            *found.best.assumptions,
            *((assumed_power(scenario.service),) if found.joules is not None else ()),
            *tdp_estimates(use.accelerator for use in found.limit.uses),
        )
        lines = (*said, *estimated(use.accelerator for use in found.best.uses))
        st.caption("  \n".join(plain(line) for line in lines))
    _charts(scenario, found)
    _offers(found)
    why.explained(explain_request(scenario, found.best), "request")


def _asked() -> Scenario:
    """The scenario, with the accelerators of the three pools that this page lets choose."""
    pools = {ANY: "Cheapest"} | {each.id: each.name for each in session.scenario().accelerators}
    with st.grid(3, min_column_width=170):
        for path, label in (
            ("prefill_on", "Prefill on"),
            ("attention_on", "Attention on"),
            ("ffn_on", "FFN on"),
        ):
            session.field_choice(
                path, label, pools, "Accelerator of this pool; cheapest: the best one.", view="request"
            )
    return session.scenario()


def _headline(scenario: Scenario, found: Bill) -> None:
    """The answer in one sentence, and what it rests on in a second."""
    mix, best = scenario.request, found.best
    kinds = {use.pool: use.accelerator.name for use in best.uses}
    places = ", ".join(f"{words} on **{plain(kinds[pool])}**" for pool, words in POOLS.items())
    level = "on whole servers within the SLA" if found.deployed else "in the limit"
    share_of_input = best.price.shares["input"]
    st.header(
        f"1,000 requests of {tokens(mix.prompt)} prompt and {tokens(mix.output)} output tokens cost "
        f"{money(best.usd * PER)} {level}: {percent(share_of_input)} is computed input",
        anchor=False,
    )
    said = [f"{places[0].upper()}{places[1:]}."]
    if found.deployed:
        more = found.deployed.usd / found.limit.usd - 1
        said.append(f"That is {percent(more)} above the limit, {money(found.limit.usd * PER)}.")
    else:
        said.append(f"No deployment keeps the SLA: {plain(found.reason)}.")
    rate = scenario.demand.requests_per_second
    servers = best.servers(rate)
    listed = ", ".join(f"{count:,} {pool if pool != 'ffn' else 'FFN'}" for pool, count in servers.items())
    binds = best.binding(servers)
    said.append(
        f"{scenario.demand.requests_per_day / 1e6:,.4g} M requests a day keep {listed} servers busy at full load; "
        f"{'FFN' if binds == 'ffn' else binds} binds first."
    )
    st.markdown(" ".join(filter(None, said)))
    if mix.cached is None:
        st.warning("The hit rate is not known: 0 % is assumed. Set it under Request.", icon=":material/help:")


def _numbers(found: Bill) -> None:
    price, ttft = found.best.price, found.best.ttft
    with st.grid(4, min_column_width=150):
        metric_card(
            "Reserved capacity", usd(price.reservation_usd * PER), f"1,000 requests at {percent(price.utilization)}"
        )
        metric_card("Computed input", usd(price.usd_per_million_input), "USD per 1M tokens")
        metric_card("Cached input", usd(price.usd_per_million_cached), "USD per 1M tokens, storage free")
        metric_card("Output", usd(price.usd_per_million_output), "USD per 1M tokens")
        metric_card("Blended", usd(price.usd_per_million_blended), "USD per 1M tokens, prompt and output")
        metric_card("TTFT", duration(float(ttft.seconds)), f"prefill {duration(float(ttft.prefill))}, no waiting")
        metric_card("Prefill : decode", f"{digits(found.best.ratio)} : 1", "accelerators, neither side waits")
        rough = ", TDP estimated" if tdp_estimates(use.accelerator for use in found.limit.uses) else ""
        energy = "no TDP: set it under Hardware" if found.joules is None else f"at the meter, in the limit{rough}"
        metric_card(
            "Energy", "\u2013" if found.joules is None else f"{digits(found.joules)} J", f"per request, {energy}"
        )


def _charts(scenario: Scenario, found: Bill) -> None:
    theme = session.theme()
    bills = {LEVELS["limit"]: found.limit}
    if found.deployed is not None:
        bills[LEVELS["deployed"]] = found.deployed
    left, right = st.columns(2)
    with left:
        drawn, said = bill_parts.chart(theme, bills), bill_parts.in_words(bills)
        chart_card(bill_parts.TITLE, bill_parts.CAPTION, drawn, "bill parts", said)
    with right:
        names = {each.id: each.name for each in scenario.accelerators}
        shown = pool_choice.chart(theme, found.pools, names)
        said = pool_choice.in_words(found.pools, names)
        chart_card(pool_choice.TITLE, pool_choice.CAPTION, shown, "pool choice", said)
    views = {
        path.split(".")[1]: View(
            title,
            request_over.CAPTION,
            lambda path=path: request_over.chart(  # type: ignore[misc]
                theme, billing.curve(scenario, path), float(session.field_value(path) or 0)
            ),
            lambda path=path: request_over.in_words(billing.curve(scenario, path)),  # type: ignore[misc]
        )
        for path, title in request_over.TITLES.items()
    }
    switched_card("request.over", "Cost over", views, "What the chart varies; the rest stays.")


def _offers(found: Bill) -> None:
    if not found.offers:
        st.info("No list price of this model is known; none of another model stands for it.", icon=":material/sell:")
        return
    utilization = percent(found.best.price.utilization)
    chart_card(
        offers.TITLE,
        f"{offers.CAPTION}. Reserved at {utilization} utilization",
        offers.chart(session.theme(), found.offers),
        "offers",
        offers.in_words(found.offers),
    )
    with st.expander("List prices with dates and sources", icon=":material/sell:"):
        table(
            {
                "Offer": [verbatim(offer.words) for offer in found.offers],
                "Dates": [verbatim(offer.dates) for offer in found.offers],
                "Input": Numbers([offer.price.usd_per_million_input for offer in found.offers], usd),
                "Cached": Numbers([offer.price.usd_per_million_cached for offer in found.offers], usd),
                "Output": Numbers([offer.price.usd_per_million_output for offer in found.offers], usd),
                "1,000 requests": Numbers([offer.usd * PER for offer in found.offers], usd),
                "Gross margin": Numbers([float(offer.margin.gross_margin) for offer in found.offers], percent),
                "Markup": Numbers([float(offer.margin.markup) for offer in found.offers], percent),
                "Read": [verbatim(offer.price.provenance) for offer in found.offers],
                "Source": [verbatim(offer.price.source) for offer in found.offers],
            },
            "offers table",
        )
        st.caption(
            "Input, cached and output in USD per 1M tokens. Gross margin: of the list price; markup: of the cost of "
            f"reserved capacity at {utilization} utilization. Staff, storage, traffic and free tiers are not counted."
        )


draw()
