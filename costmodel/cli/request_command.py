"""`costmodel request`: the bill of a whole request, prompt and output."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

import costmodel as cm
from costmodel.cli.asked import Asked, Csv, Json, of_scenario
from costmodel.cli.shown import Answer, Rows, show
from costmodel.units import percent

EXAMPLES = (
    "costmodel request step-3 --prompt 8192 --output 1024 --cached 0.5",
    "costmodel request deepseek-v3 --on h800,h20 --set request.utilization=0.6 --json",
    "costmodel request --from 'v=2&model=step-3&request.prompt=32768' --csv",
)
POOLS = ("prefill", "attention", "ffn")

Prompt = Annotated[str, typer.Option("--prompt", metavar="TOKENS", help="Tokens of the prompt.")]
Output = Annotated[str, typer.Option("--output", metavar="TOKENS", help="Tokens of the answer.")]
Cached = Annotated[str, typer.Option("--cached", metavar="SHARE", help="Share of the prompt found in a prefix cache.")]


@of_scenario
def request(
    asked: Asked, *, prompt: Prompt = "", output: Output = "", cached: Cached = "", as_json: Json = False,
    as_csv: Csv = False,
) -> None:  # fmt: skip
    """Cost of a request from its prompt to its last token: in the limit, on whole servers, and at list prices."""
    given = {"request.prompt": prompt, "request.output": output, "request.cached": cached}
    scenario = asked.having({name: text for name, text in given.items() if text}).scenario()
    report = cm.request_report(scenario)
    answer = Answer(
        tables=lambda: _tables(scenario, report),
        data=lambda: report,
        csv=lambda: cm.request_csv(scenario),
        found="missing" not in report["deployed"],
    )
    show(answer, as_json=as_json, as_csv=as_csv)


def _tables(scenario: cm.Scenario, report: Mapping[str, Any]) -> Iterator[Rows | str]:
    levels = {"in the limit": report["limit"], "on whole servers": report["deployed"]}
    bills = {name: bill for name, bill in levels.items() if "missing" not in bill}
    yield Rows(
        f"{scenario.model.name}, prompt of {report['prompt']:,} and output of {report['output']:,} tokens, USD",
        {
            "": list(bills),
            "per request": [bill["usd"] for bill in bills.values()],
            "per 1M input": [bill["usd_per_million_input"] for bill in bills.values()],
            "per 1M cached": [bill["usd_per_million_cached"] for bill in bills.values()],
            "per 1M output": [bill["usd_per_million_output"] for bill in bills.values()],
            "first token, s": [bill["ttft"] for bill in bills.values()],
            **{pool: [bill["accelerators"][pool] for bill in bills.values()] for pool in POOLS},
        },
    )
    yield from (f"{name.capitalize()}: {bill['missing']}" for name, bill in levels.items() if "missing" in bill)
    level, best = list(bills.items())[-1]
    reserved = best["reservation_usd"]
    yield f"With {percent(report['utilization'])} utilization a request costs {reserved:.4g} USD {level}."
    yield from report["assumptions"]
