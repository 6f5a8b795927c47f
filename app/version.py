"""Version of this app, and the commit it runs from where that is known."""

import os
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMMIT, DATE = "AFD_EXPLORER_COMMIT", "AFD_EXPLORER_DATE"
"""Variables for an image that holds no git repository; set both when it is built."""


@dataclass(frozen=True)
class Version:
    """Version, and commit (short hash) with its date (ISO 8601); None where they are not known."""

    version: str
    commit: str | None
    date: str | None

    def words(self) -> str:
        """Version, commit and date in a phrase, for the foot of every page."""
        built = f", {self.commit} of {self.date}" if self.commit and self.date else ""
        return f"AFD Explorer {self.version}{built}"


@cache
def version() -> Version:
    """Read once: from pyproject.toml, and from the environment or the checkout's own repository."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        number = tomllib.load(file)["project"]["version"]
    commit, date = os.environ.get(COMMIT), os.environ.get(DATE)
    return Version(number, commit, date) if commit else Version(number, *_last_commit())


def _last_commit() -> tuple[str | None, str | None]:
    """Hash and date of the checkout's commit; a repository further up has nothing to do with this app."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return None, None
    asked = [git, "-C", str(ROOT), "log", "-1", "--format=%h %cs"]
    answer = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603 - no input
    commit, _, date = answer.stdout.strip().partition(" ")
    return (commit, date) if answer.returncode == 0 and date else (None, None)
