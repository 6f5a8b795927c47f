"""Docstrings as Markdown: examples become code blocks, and units in brackets stay text instead of links."""

import re
from typing import Any

from griffe import Extension, Object

EXAMPLE = re.compile(r"^>>> .*?(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)
LITERAL = re.compile(r"(`[^`]*`)")


class PlainDocstrings(Extension):
    """Rewrites the docstring of every object that is read."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Fence what a doctest would run, escape brackets in the rest."""
        if obj.docstring is None:
            return
        text, blocks = obj.docstring.value, []

        def fenced(example: re.Match[str]) -> str:
            blocks.append(f"```pycon\n{example[0]}\n```")
            return f"\x00{len(blocks) - 1}\x00"

        parts = LITERAL.split(EXAMPLE.sub(fenced, text))
        plain = "".join(part if part.startswith("`") else part.replace("[", r"\[") for part in parts)
        obj.docstring.value = re.sub(r"\x00(\d+)\x00", lambda at: blocks[int(at[1])], plain)
