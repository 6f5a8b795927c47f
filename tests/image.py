"""`make image-check`: the steps of the Dockerfile in a clean folder, for machines without Docker.

Both stages share the folder; what only the first one has is removed before the server starts. Ends with 0 when the
server is healthy by the image's own check and gives the published cost.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
PATIENCE_SECONDS = 120
PUBLISHED = 0.055
"""USD per 1M tokens of Step-3 at 8K on the paper's accelerators: Figure 1."""

Step = tuple[str, str]


def steps(text: str) -> list[Step]:
    """Instructions of a Dockerfile with their arguments."""
    joined = re.sub(r"\\\n\s*", " ", text)
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


class Image:
    """A folder that stands for the root of an image, and the state that instructions leave."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder, self.command, self.health = root, root, "", ""
        self.environment = {"PATH": os.environ["PATH"]}

    def inside(self, text: str) -> str:
        """Absolute paths of the image as paths in the folder."""
        return re.sub(r"(?<![\w./])/(venv|src|app)\b", rf"{self.root}/\1", text)

    def take(self, kind: str, argument: str) -> None:
        """Carry out one instruction; what describes the image alone changes nothing here."""
        sys.stdout.write(f"{kind} {argument}\n")
        if kind == "WORKDIR":
            self.folder = Path(self.inside(argument))
            self.folder.mkdir(parents=True, exist_ok=True)
        elif kind == "COPY" and not argument.startswith("--from"):
            *sources, target = argument.split()
            for source in sources:
                self.copy(CHECKOUT / source, self.folder / target / (source if len(sources) > 1 else ""))
        elif kind == "RUN":
            self.run(argument)
        elif kind == "ENV":
            pairs = (pair.split("=", 1) for pair in argument.split())
            self.environment |= {name: os.path.expandvars(self.inside(value)) for name, value in pairs}
        elif kind == "CMD":
            self.command = argument
        elif kind == "HEALTHCHECK":
            self.health = argument.partition("CMD ")[2]

    def copy(self, source: Path, target: Path) -> None:
        """A file or a folder, as COPY does it."""
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)

    def run(self, command: str) -> None:
        """A command of the shell in the present folder."""
        subprocess.run(["sh", "-ec", self.inside(command)], cwd=self.folder, env=self.environment, check=True)


def main() -> int:
    """Build, start, ask, and stop."""
    with tempfile.TemporaryDirectory() as folder:
        image = Image(Path(folder))
        for kind, argument in steps((CHECKOUT / "Dockerfile").read_text(encoding="utf-8")):
            image.take(kind, argument)
        shutil.rmtree(image.root / "src")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = image.environment | {"PORT": str(port), "HOME": folder}
        server = subprocess.Popen(["sh", "-c", image.command], cwd=image.folder, env=environment)
        try:
            return _asked(image, port, environment)
        finally:
            server.terminate()
            server.wait(timeout=20)


def _asked(image: Image, port: int, environment: dict[str, str]) -> int:
    deadline = time.monotonic() + PATIENCE_SECONDS
    check = ["sh", "-c", image.health]
    while subprocess.run(check, env=environment, capture_output=True, check=False).returncode:
        if time.monotonic() > deadline:
            sys.stdout.write("the image is not healthy\n")
            return 1
        time.sleep(0.5)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/cost", timeout=30) as answer:
        cost = json.load(answer)["metrics"]["cost"]["value"]
    megabytes = sum(path.stat().st_size for path in image.root.rglob("*") if path.is_file()) / 1e6
    sys.stdout.write(f"healthy; cost {cost:.4f} USD per 1M tokens; {megabytes:,.0f} MB beside the system\n")
    return int(round(cost, 3) != PUBLISHED)


if __name__ == "__main__":
    sys.exit(main())
