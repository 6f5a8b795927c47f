"""Where every page of the app is, read from main.py."""

import re

from tests.app.running import MAIN

_PAGE = re.compile(r'st\.Page\(\s*"views/(\w+)\.py"(.*?)\)', re.DOTALL)
_OWN_PATH = re.compile(r'url_path="([\w-]+)"')


def addresses() -> list[str]:
    """Paths of all pages; the first page has the empty one."""
    found = []
    for stem, rest in _PAGE.findall(MAIN.read_text(encoding="utf-8")):
        own = _OWN_PATH.search(rest)
        found.append("" if "default=True" in rest else own.group(1) if own else stem)
    return found
