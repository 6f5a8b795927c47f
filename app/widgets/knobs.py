"""The fields of the present Scenario with their values, and how some of them are drawn."""

from dataclasses import dataclass
from typing import Any

from app import session
from app.widgets import changes
from app.widgets.controls import control
from costmodel import Change, Choice, Field, fields, values
from costmodel import changes as differences


@dataclass
class Knobs:
    """Fields and values by path; to be read again after a model or mechanism was chosen."""

    fields: dict[str, Field | Choice]
    now: dict[str, Any]
    changed: dict[str, Change]

    @classmethod
    def read(cls) -> "Knobs":
        """Of the present Scenario."""
        scenario = session.scenario()
        return cls(fields(scenario), values(scenario), {each.path: each for each in differences(scenario)})

    def under(self, prefix: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Paths that start like this: what is often moved, sliders first and then choices of words; and the rest."""
        paths = [path for path in self.fields if path.startswith(prefix)]
        sliders = tuple(path for path in paths if getattr(self.fields[path], "stops", ()))
        words = tuple(path for path in paths if isinstance(field := self.fields[path], Choice) and not field.rare)
        return sliders + words, tuple(path for path in paths if path not in sliders + words)

    def draw(self, paths: tuple[str, ...]) -> dict[str, Any]:
        """Draw these fields, each with its change below it; returns their edits."""
        edits: dict[str, Any] = {}
        for path in paths:
            field, current = self.fields[path], self.now[path]
            edits |= control(path, field, current)
            home = self.changed[path].before if path in self.changed else current
            if edits.get(path, current) != home:
                changes.mark(path, changes.shown_value(field, home))
        return edits
