"""`costmodel cost`: what a decoded token costs in the limit of peak rates, and on whole servers at other rates."""

from collections.abc import Iterator

import costmodel as cm
from costmodel.cli.asked import Asked, Csv, Json, of_scenario
from costmodel.cli.plan_command import deployment, figures
from costmodel.cli.shown import Answer, Rows, show
from costmodel.units import percent

EXAMPLES = (
    "costmodel cost step-3 --on h20,h800 --context 32768",
    "costmodel cost deepseek-v3 --set accelerators.h800.usd_per_hour=2.5 --csv",
    "costmodel cost --from config.json --context 32768",
    "costmodel cost --from 'http://localhost:8501/?v=2&model=step-3&attention.0.heads=96' --json",
)
SIZES = ("kv_bytes_per_token", "arithmetic_intensity", "effective_rank", "parameters.total", "parameters.active")


@of_scenario
def cost(asked: Asked, *, as_json: Json = False, as_csv: Csv = False) -> None:
    """Cost of a decoded token at ideal rates: with AFD on the cheapest pair, and on each accelerator alone."""
    scenario = asked.scenario()
    answer = Answer(
        tables=lambda: _tables(scenario), data=lambda: cm.report(scenario), csv=lambda: cm.report_csv(scenario)
    )
    show(answer, as_json=as_json, as_csv=as_csv)


def _tables(scenario: cm.Scenario) -> Iterator[Rows | str]:
    best = cm.cheapest(scenario)
    alone = sorted(best.alone.values(), key=lambda each: float(each.total))
    ways = {f"AFD: {best.pair.attention_on.name} + {best.pair.ffn_on.name}": best.pair}
    ways |= {f"{each.attention_on.name} alone": each for each in alone}
    yield Rows(
        f"{scenario.model.name}, {scenario.workload.context:,} tokens of context, USD per 1M tokens at ideal rates",
        {
            "": list(ways),
            "attention": [float(each.attention) for each in ways.values()],
            "FFN": [float(each.ffn) for each in ways.values()],
            "total": [float(each.total) for each in ways.values()],
        },
    )
    direction = "less" if best.saving >= 0 else "more"
    yield f"The pair costs {percent(abs(best.saving), 1)} {direction} than the best one alone."
    if best.unranked:
        yield f"Not ranked: {'; '.join(best.unranked.values())}."
    if scenario.rates != "ideal":
        yield from _deployed(scenario)
    run = cm.Evaluation(scenario)
    sizes = [cm.metric(name) for name in SIZES]
    yield Rows(
        "",
        {
            "model": [each.label for each in sizes],
            "value": [float(each.value(run)) for each in sizes],
            "unit": [each.unit for each in sizes],
        },
    )


def _deployed(scenario: cm.Scenario) -> Iterator[Rows | str]:
    """Whole servers at the rates of the scenario, with AFD and without."""
    found = cm.deployed(scenario)
    rows = [cm.plan_row(row) for row in (found.afd, found.alone) if row is not None]
    if rows:
        yield Rows(f"Whole servers at {found.rates} rates", {"": [deployment(row) for row in rows], **figures(rows)})
    yield from found.remarks
