"""Deployments of the designs of Compare on whole servers, at measured rates."""

import streamlit as st

from app import verdicts
from app.estimates import marked, noted
from app.views.tables import MISSING, Numbers, table, whole
from app.wording import plain, usd, verbatim
from costmodel import Comparison, Deployed, PlanRow

REQUESTS = 1000


def draw(answer: Comparison) -> None:
    """Whole servers of every design at the rates of the scenario, each with its band and what it borrows."""
    with st.container(border=True):
        st.markdown(f"**Whole servers at {verdicts.RATES[answer.rates]}**")
        st.caption(
            "The cheapest deployment of each design within the SLA, as on Plan. Range: four of five measured "
            "deployments lay within it; it is wider where kernels are borrowed, and not known for shares of peak"
        )
        designs = answer.deployed.values()
        used = [each for found in designs for row in (found.afd, found.alone) if row for each in (row.attention_on,)]
        table(
            {
                "Design": [verbatim(name) for name in answer.deployed],
                "With AFD": [_pools(found.afd) for found in designs],
                "USD per 1M with AFD": Numbers([_usd(found.afd) for found in designs], usd),
                "Tokens/s per accelerator": Numbers([_output(found.afd) for found in designs], whole),
                "Range": [_range(found.afd) for found in designs],
                "Without AFD": [_pools(found.alone) for found in designs],
                "USD per 1M without": Numbers([_usd(found.alone) for found in designs], usd),
                "Tokens/s without": Numbers([_output(found.alone) for found in designs], whole),
                "Range without": [_range(found.alone) for found in designs],
                "USD per 1,000 requests": Numbers([_of_requests(found) for found in designs], usd),
            },
            "deployments",
        )
        said = [noted("Decoding alone, except for requests, whose prefill runs at ideal rates", used)]
        said += [f"{name}: {' '.join(found.remarks)}" for name, found in answer.deployed.items() if found.remarks]
        st.caption("  \n".join(map(plain, said)))


def _pools(row: PlanRow | None) -> str:
    if row is None:
        return MISSING
    return f"{marked(row.attention_on)} + {marked(row.ffn_on)}" if row.afd else marked(row.attention_on)


def _usd(row: PlanRow | None) -> float | None:
    return None if row is None or row.deployment is None else row.deployment.usd_per_million_tokens


def _output(row: PlanRow | None) -> float | None:
    return None if row is None or row.deployment is None else row.deployment.tokens_per_second_per_gpu


def _range(row: PlanRow | None) -> str:
    """Range of the throughput per accelerator that the error table supports."""
    if row is None or row.deployment is None or row.deployment.output_range is None:
        return MISSING
    low, high = row.deployment.output_range
    return f"{low:,.0f} to {high:,.0f}"


def _of_requests(found: Deployed) -> float | None:
    return None if found.request_usd is None else found.request_usd * REQUESTS
