"""The command line `costmodel`: every analysis of the library in a shell. Needs the extra `cli`."""

import sys

BAD_INPUT = 2
"""Exit code for input that is refused; 1 is for a question without a feasible answer."""


def main() -> None:
    """Run the command of `sys.argv`, and end with its exit code."""
    try:
        from costmodel.cli.application import run  # noqa: PLC0415 - Typer is an extra
    except ModuleNotFoundError as error:
        missing = error.name or "a package"
        sys.stderr.write(f"costmodel needs {missing}: pip install 'afd-explorer[cli]'\n")
        sys.exit(BAD_INPUT)
    sys.exit(run(sys.argv[1:]))
