"""The command line: examples of its help run, and its numbers are those of the library."""

import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import costmodel as cm
from costmodel import cli
from costmodel.cli.application import COMMANDS
from costmodel.cli.asked import starting_with
from tests.costmodel.cli.conftest import Run

EXAMPLES = [example for _, examples in COMMANDS.values() for example in examples]
QUERY = "v=2&model=step-3&attention.0.heads=96&workload.context=32768"


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Commands that would have been started, the app among them."""
    started: list[Any] = []

    def start(command: list[str], **options: Any) -> SimpleNamespace:
        started.append((command, options))
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr("costmodel.cli.serve_command.subprocess", SimpleNamespace(run=start))
    return started


def records(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_the_help_runs(example: str, costmodel: Run) -> None:
    program, *arguments = shlex.split(example)
    ran = costmodel(*arguments)
    assert (program, ran.code, ran.err) == ("costmodel", 0, "")
    assert ran.out or arguments[0] == "serve"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_shows_its_examples(name: str, costmodel: Run) -> None:
    ran = costmodel(name, "--help")
    assert ran.code == 0
    words = " ".join(ran.out.split())
    assert COMMANDS[name][1]
    assert all(example in words for example in COMMANDS[name][1])


@pytest.mark.parametrize("form", ["--json", "--csv"])
@pytest.mark.parametrize("source", [QUERY, f"https://afd.example/plan?{QUERY}&utm_source=x"])
def test_numbers_of_a_link_are_those_of_the_library(source: str, form: str, costmodel: Run) -> None:
    scenario = cm.from_query(QUERY).scenario
    expected = {
        "cost": (cm.report(scenario), cm.report_csv(scenario)),
        "plans": (cm.plan_report(scenario), cm.plan_csv(scenario)),
    }
    for command, (report, table) in expected.items():
        out = costmodel(command, "--from", source, form).out
        assert out == table if form == "--csv" else json.loads(out) == report


def test_a_scenario_file_gives_the_numbers_of_its_link(costmodel: Run) -> None:
    Path("mine.toml").write_text(cm.to_toml(cm.from_query(QUERY).scenario), encoding="utf-8")
    assert costmodel("cost", "--from", "mine.toml", "--json") == costmodel("cost", "--from", QUERY, "--json")


def test_arguments_change_the_start_of_a_link(costmodel: Run) -> None:
    given = costmodel(
        "cost", "kimi-k2", "--from", "workload.context=1024&sla.tpot=0.1", "--on", "h20,h800", "--context", "16384",
        "-s", "accelerators.h20.usd_per_hour=0.9", "--json",
    )  # fmt: skip
    pairs = {"model": "kimi-k2", "accelerators": "h20.h800", "workload.context": "16384"}
    pairs |= {"sla.tpot": "0.1", "accelerators.h20.usd_per_hour": "0.9"}
    assert json.loads(given.out) == cm.report(cm.from_pairs(pairs.items()).scenario)


def test_the_cost_table_holds_the_published_costs(costmodel: Run) -> None:
    lines = costmodel("cost", "step-3", "--on", "h20,h800").out.splitlines()
    assert lines[2].split() == ["AFD:", "H20", "+", "H800", "0.0401", "0.01495", "0.05505"]
    assert "The pair costs 12.9 % less than the best one alone." in lines


def test_cost_names_accelerators_without_a_price(costmodel: Run) -> None:
    assert "Not ranked: no price is known for Ascend 910C." in costmodel("cost", "--on", "h800,910c").out


def test_the_plan_is_the_librarys_with_its_verdict(costmodel: Run) -> None:
    scenario = cm.from_query(QUERY).scenario
    found = json.loads(costmodel("plan", "--from", QUERY, "--json").out)
    assert found == cm.verdict_report(scenario)
    assert found["verdict"]["reason"] == cm.verdict(scenario).reason
    assert found["afd"]["usd_per_million_tokens"] == cm.plan(scenario).usd_per_million_tokens
    rows = records(costmodel("plan", "--from", QUERY, "--csv").out)
    assert [row["kind"] for row in rows] == ["AFD", "colocated"]
    assert cm.verdict(scenario).reason in " ".join(costmodel("plan", "--from", QUERY).out.split())


@pytest.mark.parametrize("command", ["plan", "plans"])
def test_sla_that_nothing_meets_is_exit_code_1(command: str, costmodel: Run) -> None:
    ran = costmodel(command, "--set", "sla.tpot=0.001")
    assert (ran.code, ran.err) == (1, "")
    assert "A time per output token of" in ran.out


def test_plan_without_any_deployment_says_what_is_missing(costmodel: Run) -> None:
    ran = costmodel("plan", "--on", "l4", "--set", "rates=kernels")
    assert ran.code == 1
    report = cm.verdict_report(cm.from_query("accelerators=l4&rates=kernels").scenario)
    assert (report["afd"], report["colocated"], report["verdict"]) == (None, None, None)
    assert report["reasons"][0] in " ".join(ran.out.split())
    assert costmodel("plan", "--on", "l4", "--set", "rates=kernels", "--csv").out == "\n"


SEARCH = (
    "v=2&model=step-3&search.axis.attention.0.heads=32..128..16&search.axis.ffn.1.top_k=2..6&search.where=cost <= 0.2"
)


def test_objectives_that_are_given_stand_alone(costmodel: Run) -> None:
    ran = costmodel(
        "search", "--axis", "ffn.1.top_k=2..6", "--maximise", "parameters.active", "--where", "cost <= 0.06",
        "--where", "parameters.total >= 3e11", "--json",
    )  # fmt: skip
    found = json.loads(ran.out)
    assert found["objectives"] == ["parameters.active"]
    assert found["constraints"] == ["cost <= 0.06", "parameters.total >= 3e11"]
    front = cm.search(
        cm.Space(cm.default_scenario(), {"ffn.1.top_k": range(2, 7)}),
        maximise=["parameters.active"],
        where=["cost <= 0.06", "parameters.total >= 3e11"],
    )
    assert [row["ffn.1.top_k"] for row in found["rows"]] == [design["ffn.1.top_k"] for design in front.designs]


def test_search_shows_its_progress_on_a_terminal_alone(costmodel: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert costmodel("search", "--from", SEARCH).err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "35 designs" in costmodel("search", "--from", SEARCH).err


def test_request_and_fleet_are_those_of_the_library(costmodel: Run) -> None:
    asked = {"request.prompt": "4096", "request.output": "512", "request.cached": "0.25"}
    scenario = cm.from_pairs(asked.items()).scenario
    lengths = ("--prompt", "4096", "--output", "512", "--cached", "0.25")
    assert json.loads(costmodel("request", *lengths, "--json").out) == cm.request_report(scenario)
    assert costmodel("request", *lengths, "--csv").out == cm.request_csv(scenario)
    scenario = cm.from_pairs([("demand.requests_per_day", "1e6")]).scenario
    assert json.loads(costmodel("fleet", "--requests-per-day", "1e6", "--json").out) == cm.fleet_report(scenario)
    assert costmodel("fleet", "--requests-per-day", "1e6", "--csv").out == cm.fleet_csv(scenario)


def test_request_whose_sla_nothing_keeps_shows_the_limit(costmodel: Run) -> None:
    ran = costmodel("request", "--set", "sla.tpot=0.001")
    assert ran.code == 1
    assert "in the limit" in ran.out
    assert "On whole servers: " in ran.out


def test_the_paper_is_recomputed_with_its_deviations(costmodel: Run) -> None:
    assert json.loads(costmodel("paper", "--json").out) == cm.paper_report()
    assert costmodel("paper", "--csv").out == cm.paper_csv()
    out = costmodel("paper").out
    assert all(claim.evidence in out for claim in cm.claims())
    assert "2.80e-19" in out


def test_measurements_are_summed_up_or_listed_by_a_word(costmodel: Run) -> None:
    assert costmodel("measurements", "--csv").out == cm.measurements_csv()
    assert cm.accuracy_words() in costmodel("measurements").out
    found = json.loads(costmodel("measurements", "--find", "peak minute", "--json").out)["rows"]
    assert [row["measured"] for row in found] == [4039]


def test_compared_designs_are_those_of_the_library(costmodel: Run) -> None:
    conditions = "v=2&model=step-3&workload.context=32768"
    ran = costmodel("compare", "step-3", "model=step-3&attention.0.heads=96", "--from", conditions, "--json")
    scenario = cm.from_query(conditions).scenario
    designs, problems = cm.read_designs("model=step-3|model=step-3&attention.0.heads=96", scenario)
    assert (list(designs), problems) == (["Step-3", "Step-3 (heads 96)"], [])
    assert json.loads(ran.out) == cm.comparison_report(designs)
    assert costmodel("compare", "--csv").out == cm.comparison_csv(cm.designs_of_query("")[0])


def test_cost_and_comparison_hold_servers_at_measured_rates(costmodel: Run) -> None:
    scenario = cm.from_query("rates=kernels").scenario
    found = cm.deployed(scenario)
    said = costmodel("cost", "step-3", "--set", "rates=kernels").out
    assert "Whole servers at kernels rates" in said
    assert all(remark in said for remark in found.remarks)
    compared = costmodel("compare", "step-3", "deepseek-v3", "--from", "rates=kernels").out
    assert "In the limit of ideal rates, and on whole servers at kernels rates" in compared
    assert f"Step-3: {found.remarks[0]}" in compared


def test_import_gives_model_and_origin_of_its_fields(costmodel: Run) -> None:
    report = cm.import_report(cm.read_huggingface(Path("config.json"), name="Mine"))
    assert json.loads(costmodel("import", "config.json", "--name", "Mine", "--json").out) == json.loads(
        json.dumps(report)
    )
    rows = records(costmodel("import", "config.json", "--csv").out)
    assert {"field": "hidden", "from": "hidden_size"} in rows


def test_a_config_is_priced_like_the_model_that_it_describes(costmodel: Run) -> None:
    model = cm.read_huggingface(Path("config.json")).model
    ran = costmodel("cost", "--from", "config.json", "--on", "h800,h20", "--json")
    scenario = cm.default_scenario(accelerators=["h800", "h20"]).replace(model=model)
    assert json.loads(ran.out)["metrics"] == cm.report(scenario)["metrics"]


def test_import_takes_the_bits_of_the_cache(costmodel: Run) -> None:
    report = json.loads(costmodel("import", "config.json", "--kv-bits", "8", "--json").out)
    assert report["provenance"]["kv_bits"] == "argument kv_bits"
    assert {group["kv_bits"] for group in report["model"]["attention"]} == {8}
    refused = costmodel("import", "config.json", "--kv-bits", "5")
    assert refused.code
    assert "kv_bits: 5: must be one of 4, 8, 16" in refused.err


def test_import_reads_standard_input(costmodel: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(Path("config.json").read_text(encoding="utf-8")))
    ran = costmodel("import", "-", "--name", "Mine")
    assert ran.code == 0
    assert ran.out.startswith("Mine")


def test_lists_hold_every_preset_or_those_with_a_word(costmodel: Run) -> None:
    assert [row["id"] for row in records(costmodel("models", "--csv").out)] == cm.models()
    assert [row["id"] for row in records(costmodel("accelerators", "--csv").out)] == cm.accelerators()
    found = [row["id"] for row in json.loads(costmodel("models", "--find", "QWEN3-2", "--json").out)["rows"]]
    assert found == ["qwen3-235b-a22b"]
    assert costmodel("accelerators", "--find", "abacus").code == 1
    assert costmodel("accelerators", "--find", "abacus", "--csv").out == "\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cost", "step-4"), "model: unknown model preset 'step-4'"),
        (("cost", "--context", "0"), "workload.context: 0 is not allowed; must be a whole number from 1"),
        (("cost", "--set", "heads"), "--set: 'heads' is not allowed; must be FIELD=VALUE"),
        (("cost", "--set", "attention.0.head=64"), "attention.0.head: unknown parameter; did you mean"),
        (("plan", "--from", "nothing"), "--from: 'nothing' is not allowed; must be a link, a file"),
        (("plan", "--from", "missing.toml"), "--from: cannot be read: [Errno 2]"),
        (("plan", "--from", "bad.toml"), "model: None is not allowed; must be the name of a model preset"),
        (("cost", "--from", "model=step-3&model=kimi-k2"), "model: is given twice in --from"),
        (("search", "--axis", "heads"), "--axis: 'heads' is not allowed; must be FIELD=VALUES"),
        (("search", "--axis", "attention.0.head=1..2"), "search.axis.attention.0.head: there is no such field"),
        (("cost", "--json", "--csv"), "--json and --csv cannot be given together"),
        (("compare", "step-4"), "pinned design, model: unknown model preset"),
        (("import", "bad.toml"), "config: not JSON"),
        (("cost", "--on", "910c"), "attention_on: no price is known for Ascend 910C"),
    ],
)
def test_bad_input_is_one_clear_error_and_exit_code_2(arguments: tuple[str, ...], message: str, costmodel: Run) -> None:
    Path("bad.toml").write_text('title = "No model"\n', encoding="utf-8")
    ran = costmodel(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("Error: ")
    assert message in ran.err


def test_every_refused_field_has_a_line_of_its_own(costmodel: Run) -> None:
    ran = costmodel("cost", "--context", "0", "--set", "sla.tpot=fast")
    assert [line.split(":")[1].strip() for line in ran.err.splitlines()] == ["workload.context", "sla.tpot"]


def test_an_unknown_option_is_exit_code_2(costmodel: Run) -> None:
    assert costmodel("cost", "--nothing").code == 2


def test_serve_starts_the_command_of_the_procfile(costmodel: Run, server: list[Any]) -> None:
    assert costmodel("serve", "--port", "9000").code == 0
    ((command, options),) = server
    checkout = Path(cm.__file__).parents[1]
    line = (checkout / "Procfile").read_text(encoding="utf-8").removeprefix("web:").replace("$PORT", "9000")
    assert command == [sys.executable, "-m", *line.split()]
    assert (options["cwd"], options["env"]["PORT"]) == (checkout, "9000")


def test_serve_of_an_installed_library_is_refused(
    costmodel: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("costmodel.cli.serve_command.CHECKOUT", tmp_path)
    ran = costmodel("serve")
    assert (ran.code, ran.err) == (
        2,
        "Error: the app is no part of the installed library: run costmodel serve in a checkout\n",
    )


GUIDE = (Path(cm.__file__).parents[1] / "docs" / "howto" / "use-the-command-line.md").read_text(encoding="utf-8")
IN_GUIDE = re.findall(r"^    (costmodel [a-z].*)$", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("example", IN_GUIDE)
def test_an_example_of_the_guide_runs(example: str, costmodel: Run) -> None:
    assert costmodel(*shlex.split(example)[1:]).code == 0


def test_the_guide_lists_every_command() -> None:
    rows = [line for line in GUIDE.partition("## ")[0].splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])} == set(COMMANDS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shells_completion_script_can_be_shown(shell: str) -> None:
    assert "_COSTMODEL_COMPLETE" in completed({"_COSTMODEL_COMPLETE": f"source_{shell}"})


def test_completion_offers_the_presets_of_an_argument() -> None:
    words = {"_COSTMODEL_COMPLETE": "complete_bash", "COMP_WORDS": "costmodel cost deep", "COMP_CWORD": "2"}
    assert completed(words).split() == [name for name in cm.models() if name.startswith("deep")]


def completed(environment: dict[str, str]) -> str:
    """What the shell gets from the command while it completes a line."""
    command = [sys.executable, "-m", "costmodel"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)
    return ran.stdout


def test_names_of_presets_complete_also_in_a_list() -> None:
    complete = starting_with(["h20", "h200", "h800"])
    assert complete("h2") == ["h20", "h200"]
    assert complete("h800,h2") == ["h800,h20", "h800,h200"]


def test_module_runs_as_the_command_does() -> None:
    command = [sys.executable, "-m", "costmodel", "cost", "--set", "x"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (2, "Error: --set: 'x' is not allowed; must be FIELD=VALUE\n")


def test_command_without_its_extra_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "typer", None)
    for name in [name for name in sys.modules if name.startswith("costmodel.cli.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert capsys.readouterr().err == "costmodel needs typer: pip install 'afd-explorer[cli]'\n"


def test_a_search_gives_the_frontier_of_the_library(costmodel: Run) -> None:
    query = f"{QUERY}&search.axis.ffn.1.top_k=2..6&search.axis.workload.context=8192,32768&search.where=cost <= 0.2"
    asked = cm.search_of_query(query).search
    report = cm.search_report(asked)
    assert json.loads(costmodel("search", "--from", query, "--json").out) == report
    assert costmodel("search", "--from", query, "--csv").out == cm.search_csv(asked)
    Path("search.toml").write_text(cm.to_toml(asked.scenario, search=asked), encoding="utf-8")
    shown = costmodel("search", "--from", "search.toml").out
    assert f"{report['designs']} designs on the frontier, out of 10." in shown
    assert "USD/1M tokens" in shown


def test_a_search_without_designs_is_exit_code_1(costmodel: Run) -> None:
    ran = costmodel("search", "--set", "search.axis.ffn.1.top_k=2..6", "--set", "search.where=cost <= 0")
    assert (ran.code, ran.err) == (1, "")
    assert "No design is left for this space: removed by cost <= 0." in ran.out
    refused = costmodel("search", "--set", "search.axis.nope=1")
    assert refused.code == 2
    assert "search.axis.nope: there is no such field" in refused.err


def test_a_search_prints_the_first_rows_and_counts_the_others(costmodel: Run) -> None:
    arguments = ("search", "--set", "search.axis.ffn.1.top_k=2..6", "--set", "search.where=")
    assert "4 further rows; --csv prints all." in costmodel(*arguments, "--rows", "1").out
    assert len(records(costmodel(*arguments, "--rows", "1", "--csv").out)) == 5


def test_designs_of_a_file_are_compared(costmodel: Run) -> None:
    designs, _ = cm.read_designs("model=step-3|model=kimi-k2", cm.from_query(QUERY).scenario)
    text = cm.to_toml(cm.from_query(QUERY).scenario, designs=designs.values())
    Path("designs.toml").write_text(text, encoding="utf-8")
    assert json.loads(costmodel("compare", "--from", "designs.toml", "--json").out) == cm.comparison_report(designs)
