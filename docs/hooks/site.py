"""What the site adds to the pages in docs/ while it is built: reference pages, the changelog, and links to code.

Pages link to a function by its file, as `[decode_cost](../costmodel/cost.py)`, so that they work on a code host too; in
the site such a link leads to the reference. Links to other files outside docs/ become plain text.
"""

import posixpath
import re
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))

from reference import Stub, pages

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[([^\]]+)\]\(((?:\.\./)[^)#\s]+)(#[^)]*)?\)")
SOURCE = re.compile(r"(costmodel(?:/\w+)+)\.py")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill the generated sections of the navigation."""
    generated = {
        "Reference": list(pages(ROOT)),
        "Decisions": sorted(f"decisions/{path.name}" for path in (ROOT / "docs" / "decisions").glob("*.md")),
    }
    for entry in config.nav or []:
        for title in entry.keys() & generated.keys():
            entry[title] = generated[title]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    texts = {name: page() for name, page in pages(ROOT).items()}
    texts["changelog.md"] = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for name, text in texts.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links that leave docs/ at what the site has of them."""
    stub = Stub.read(ROOT)
    folder = posixpath.join("docs", posixpath.dirname(page.file.src_uri))

    def pointed(link: re.Match[str]) -> str:
        text, target = link[1], posixpath.normpath(posixpath.join(folder, link[2]))
        if target.startswith("docs/"):
            return link[0]
        if target == "CHANGELOG.md":
            return f"[{text}]({posixpath.relpath('docs/changelog.md', folder)})"
        source = SOURCE.fullmatch(target)
        name = text.strip("`").removeprefix("cm.").removesuffix("()")
        if source and stub.has(identifier := f"{source[1].replace('/', '.')}.{name}"):
            return f"[{text}][{identifier}]"
        return text

    return LINK.sub(pointed, markdown)
