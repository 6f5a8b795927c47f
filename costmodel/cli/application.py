"""The commands by name, and what their errors look like."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import typer

from costmodel.cli import (
    BAD_INPUT,
    accelerators_command,
    compare_command,
    cost_command,
    fleet_command,
    import_command,
    measurements_command,
    models_command,
    paper_command,
    plan_command,
    plans_command,
    request_command,
    scenarios_command,
    search_command,
    serve_command,
)
from costmodel.errors import CostModelError, DomainError

HELP = """What decoding with a large language model costs, on which accelerators, and how many servers a service needs.

Every command takes a link of the app, a scenario file or a preset with --from, and single fields with --set. It ends
with 0; with 1 when nothing meets the question; with 2 when something in it is refused.
"""

COMMANDS: dict[str, tuple[Callable[..., object], tuple[str, ...]]] = {
    "cost": (cost_command.cost, cost_command.EXAMPLES),
    "plan": (plan_command.plan, plan_command.EXAMPLES),
    "plans": (plans_command.plans, plans_command.EXAMPLES),
    "compare": (compare_command.compare, compare_command.EXAMPLES),
    "search": (search_command.search, search_command.EXAMPLES),
    "request": (request_command.request, request_command.EXAMPLES),
    "fleet": (fleet_command.fleet, fleet_command.EXAMPLES),
    "import": (import_command.imported, import_command.EXAMPLES),
    "models": (models_command.models, models_command.EXAMPLES),
    "scenarios": (scenarios_command.scenarios, scenarios_command.EXAMPLES),
    "accelerators": (accelerators_command.accelerators, accelerators_command.EXAMPLES),
    "paper": (paper_command.paper, paper_command.EXAMPLES),
    "measurements": (measurements_command.measurements, measurements_command.EXAMPLES),
    "serve": (serve_command.serve, serve_command.EXAMPLES),
}

application = typer.Typer(
    name="costmodel",
    help=HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for name, (command, examples) in COMMANDS.items():
    application.command(name, epilog="\n\n".join(["Examples:", *examples]))(command)


def run(arguments: Sequence[str]) -> int:
    """Run a command with its arguments; the exit code."""
    try:
        result: Any = application(list(arguments), prog_name="costmodel", standalone_mode=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except CostModelError as error:
        listed = error.problems if isinstance(error, DomainError) else (error,)
        sys.stderr.writelines(f"Error: {problem}\n" for problem in listed)
        return BAD_INPUT
    return result or 0
