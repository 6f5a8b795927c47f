"""`costmodel serve`: the app in the browser, from a checkout."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

import costmodel as cm

EXAMPLES = ("costmodel serve", "costmodel serve --port 9000")
CHECKOUT = Path(__file__).parents[2]

Port = Annotated[int, typer.Option("--port", min=1, max=65_535, help="Port to listen on.")]


def serve(*, port: Port = 8501) -> None:
    """Serve the app and its HTTP API, by the command of the Procfile; needs a checkout with the extra `app`."""
    file = CHECKOUT / "Procfile"
    if not file.is_file():
        raise cm.DomainError("the app is no part of the installed library: run costmodel serve in a checkout")
    line = file.read_text(encoding="utf-8").removeprefix("web:").strip()
    _, *arguments = shlex.split(line.replace("$PORT", str(port)))
    command = [sys.executable, "-m", "streamlit", *arguments]
    run = subprocess.run(command, cwd=CHECKOUT, env=os.environ | {"PORT": str(port)}, check=False)  # noqa: S603
    raise typer.Exit(run.returncode)
