"""The documents: their examples run and give the values beside them, and no link is broken, in the sources and in the
built site.
"""

import os
import re
import subprocess
import sys
from ast import literal_eval
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

CHECKOUT = Path(__file__).parents[1]
PAGES = sorted((CHECKOUT / "docs").rglob("*.md"))
DOCUMENTS = [*sorted(CHECKOUT.glob("*.md")), *PAGES]
EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VALUE = r"-?[\d.]+(?:e-?\d+)?|'[^']*'|True|False|None"
CLAIM = re.compile(rf"^(\S.*?) +# ((?:{VALUE})(?:, (?:{VALUE}))*)", re.MULTILINE)
WITH_EXAMPLES = [page for page in DOCUMENTS if EXAMPLE.search(page.read_text(encoding="utf-8"))]
MUST_RUN = {"README.md", "tour.md", "price-my-model.md", "plan-afd.md", "search-a-space.md", "price-a-request.md"}


def name(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


def test_the_readme_and_the_guide_have_examples() -> None:
    assert {page.name for page in WITH_EXAMPLES} >= MUST_RUN


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=name)
def test_examples_run_and_give_the_values_beside_them(page: Path) -> None:
    names: dict[str, object] = {}
    for example in EXAMPLE.findall(page.read_text(encoding="utf-8")):
        exec(example, names)  # noqa: S102
        claims = CLAIM.findall(example)
        assert len(claims) == example.count("  # ")
        for expression, beside in claims:
            assert shown(eval(expression, names), beside) == beside, expression  # noqa: S307


def shown(result: object, beside: str) -> str:
    """The result as its comment writes it: numbers with as many digits, the rest as Python prints it."""
    values, texts = result if isinstance(result, tuple) else (result,), re.findall(VALUE, beside)
    assert len(values) == len(texts), (values, texts)
    return ", ".join(_shown(value, text) for value, text in zip(values, texts, strict=True))


def _shown(value: object, text: str) -> str:
    if not isinstance(literal_eval(text), int | float) or isinstance(value, bool):
        return repr(value)
    digits = len(text.partition(".")[2])
    return text if round(float(value), digits) == float(text) else repr(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_linked_files_exist(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text(encoding="utf-8"))
    missing = [link for link in links if not (document.parent / link).exists()]
    assert missing == []


def test_the_readme_leads_to_every_part_of_the_documentation() -> None:
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    for page in ("tour", "formulas", "numbers", "nomenclature", "contributing", "howto", "decisions"):
        assert f"](docs/{page}" in text


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built so that any warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    run = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


class Html(HTMLParser):
    """What a page can be linked to by, where it links to, and what a browser loads to show it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect."""
        found = {key: text or "" for key, text in attrs}
        self.anchors |= {found[key] for key in ("id", "name") if key in found}
        target = found.get("href", found.get("src", ""))
        if tag == "a":
            self.links.add(target)
        elif tag in ("script", "img", "iframe") or found.get("rel") in ("stylesheet", "icon", "preconnect"):
            self.loads.add(target)


def broken(page: Path, target: str, pages: dict[Path, Html]) -> bool:
    """True when a link of a page leads to no file of the site, or to no anchor of one."""
    parts = urlsplit(target)
    if parts.scheme or not target:
        return False
    file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not file.is_file():
        return True
    return bool(parts.fragment) and file in pages and unquote(parts.fragment) not in pages[file].anchors


def test_no_link_of_the_site_is_broken(site: Path) -> None:
    # The page for addresses that do not exist links from the root of a server.
    pages = {page: Html(page) for page in site.resolve().rglob("*.html") if page.name != "404.html"}
    assert len(pages) > len(PAGES)
    found = {(page.name, link) for page, html in pages.items() for link in html.links if broken(page, link, pages)}
    assert found == set()


def test_the_site_loads_nothing_from_other_hosts(site: Path) -> None:
    loads = {target for page in site.rglob("*.html") for target in Html(page).loads}
    assert loads
    assert {target for target in loads if urlsplit(target).netloc or target.startswith("//")} == set()
    styles = " ".join(style.read_text(encoding="utf-8") for style in site.rglob("*.css"))
    assert re.findall(r"url\(\s*[\"']?(?:https?:)?//[^)]*", styles) == []


def test_the_reference_shows_every_public_name(site: Path) -> None:
    import costmodel as cm  # noqa: PLC0415

    anchors = {anchor for page in (site / "reference").glob("*.html") for anchor in Html(page).anchors}
    shown_names = {anchor.rpartition(".")[2] for anchor in anchors}
    assert {name for name in cm.__all__ if name not in shown_names} == set()
