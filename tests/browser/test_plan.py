"""Plan in a real browser: the deployment on screen is the library's, and the link keeps the whole request."""

from urllib.parse import urlencode

from playwright.sync_api import expect

import costmodel as cm
from costmodel.io.link import default_scenario
from tests.browser.screen import PATIENCE_MS, Screen


def best(query: str, *, attention: str | None = None) -> cm.Plan:
    scenario = cm.from_query(query).scenario
    return cm.plan(scenario if attention is None else scenario.replace(attention_on=attention))


def upload(screen: Screen, name: str, trace: str) -> None:
    screen.page.locator('input[type="file"]').set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": trace.encode()}
    )


def test_more_context_takes_more_servers_and_stays_in_the_link(screen: Screen) -> None:
    screen.open(view="plan")
    screen.expect_text(best("").words)
    expect(screen.metric("Throughput limit")).to_have_text(f"{best('').tokens_per_second_per_gpu:,.0f}")
    for _ in range(4):
        screen.slider("Context").press("ArrowRight")
    longer = best("workload.context=16384")
    screen.expect_text(longer.words)
    assert longer.attention_servers > best("").attention_servers
    screen.settle()
    assert screen.link().scenario.workload.context == 16384
    screen.page.reload()
    screen.settle()
    screen.expect_text(longer.words)


def test_chosen_attention_accelerator_stays_in_the_link(screen: Screen) -> None:
    screen.open(view="plan")
    box = screen.page.get_by_role("combobox", name="Attention accelerators")
    box.click()
    screen.page.get_by_role("option", name="Ascend 910B", exact=True).click()
    screen.expect_text(best("", attention="910b").words)
    screen.settle()
    assert "attention_on=910b" in screen.page.evaluate("location.search")
    screen.page.reload()
    screen.settle()
    screen.expect_text(best("", attention="910b").words)


def test_every_part_of_a_bad_request_is_named(screen: Screen) -> None:
    bad = {"attention_on": "<b>x", "sla.tpot": "0", "sla.stages": "5", "workload.context": "10000001"}
    screen.open(urlencode(bad), view="plan")
    screen.expect_text("4 values were not applied")
    for field in bad:
        screen.expect_text(f"{field}: ")
    screen.expect_text(best("").words)


def test_impossible_sla_names_constraint_and_remedy(screen: Screen) -> None:
    screen.open("sla.tpot=0.001", view="plan")
    screen.expect_text("No deployment meets the SLA")
    plan = best("sla.tpot=0.001")
    assert not plan.feasible
    screen.expect_text(plan.remedies[0].text)


def test_trace_sets_context_and_spread_or_is_refused(
    screen: Screen,
) -> None:
    bad, good = "prompt,output\n1000,200\n3000,-6\n", "prompt,output\n1000,200\n3000,600\n"
    screen.open(view="plan")
    screen.page.get_by_text("Context from a request trace").click()
    upload(screen, "bad.csv", bad)
    screen.expect_text("This trace cannot be used.")
    screen.expect_text("row 3")
    assert screen.link().scenario == default_scenario()
    upload(screen, "good.csv", good)
    screen.expect_text("2 requests: a decode step sees")
    screen.page.get_by_role("button", name="Plan for this trace").click()
    expect(screen.page.get_by_text("95th percentile attention server")).to_be_visible(timeout=PATIENCE_MS)
    screen.settle()
    assert screen.link().scenario.workload == cm.mix_of_trace(good).workload()
