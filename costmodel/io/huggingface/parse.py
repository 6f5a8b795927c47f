"""Text or a file to one mapping: JSON with `Infinity`, without duplicate keys, bounded in size and depth."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from costmodel.io.huggingface.refusal import ImportRefusedError, refuse

LARGEST_TEXT = 2**20
DEEPEST = 32
LONGEST_NAME = 255
GGUF_MAGIC = b"GGUF"


def parse_text(text: str) -> dict[str, Any]:
    """The object that the text of a config.json holds; ImportRefusedError if it is something else."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > LARGEST_TEXT:
        refuse("config", None, f"{size:,} bytes; a config.json has at most {LARGEST_TEXT:,}")
    text = text.removeprefix("\ufeff").strip()
    if text.startswith("GGUF"):
        _refuse_gguf()
    if len(text) <= LONGEST_NAME and text.endswith(".json") and "\n" not in text:
        refuse("config", text, "a name, not the text of a config.json", "give the file as a Path, or paste its text")
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except RecursionError:
        refuse("config", None, f"nested more than {DEEPEST} levels deep")
    except json.JSONDecodeError as error:
        refuse("config", None, f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})")
    except ImportRefusedError:
        raise
    except ValueError as error:
        refuse("config", None, f"not JSON that can be read: {error}")
    if not isinstance(value, dict):
        refuse("config", value, "a config.json holds one JSON object", "paste the whole file")
    check_depth(value)
    return value


def read_file(path: Path) -> dict[str, Any]:
    """The object in that file."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_TEXT + 1)
    except OSError as error:
        refuse("config", path.name, f"cannot be read: {error.strerror}")
    if data.startswith(GGUF_MAGIC):
        _refuse_gguf()
    if len(data) > LARGEST_TEXT:
        refuse("config", path.name, f"a config.json has at most {LARGEST_TEXT:,} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        refuse("config", path.name, "not text in UTF-8", "give the config.json beside the weights")
    return parse_text(text)


def check_depth(value: object) -> None:
    """Refuse containers nested too deep; without recursion."""
    level, depth = [value], 0
    while level:
        if depth > DEEPEST:
            refuse("config", None, f"nested more than {DEEPEST} levels deep")
        level = [inner for outer in level for inner in _inside(outer)]
        depth += 1


def _inside(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return [inner for inner in value.values() if isinstance(inner, Mapping | list)]
    return [inner for inner in value if isinstance(inner, Mapping | list)] if isinstance(value, list) else []


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        refuse(twice, None, "stands twice in one object; which of the two counts is not defined")
    return value


def _refuse_gguf() -> NoReturn:
    refuse("config", None, "a GGUF file holds weights of llama.cpp", "give the config.json of the original model")
