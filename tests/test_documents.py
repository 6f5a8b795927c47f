"""The documents: their examples run, and what they link to exists."""

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
README = CHECKOUT / "README.md"
DOCUMENTS = [README, CHECKOUT / "CHANGELOG.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_readme_has_an_example_of_the_library() -> None:
    assert any("import costmodel" in example for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_the_readme_runs_and_gives_the_values_in_its_comments(example: str) -> None:
    names: dict[str, object] = {}
    exec(example, names)  # noqa: S102
    claims = re.findall(r"^(\S.*?) +# ([\d.]+(?:, [\d.]+)*)", example, re.MULTILINE)
    assert len(claims) == example.count(" # ")
    for expression, said in claims:
        values = eval(expression, names)  # noqa: S307
        values = values if isinstance(values, tuple) else (values,)
        for value, text in zip(values, said.split(", "), strict=True):
            digits = len(text.partition(".")[2])
            assert round(value, digits) == float(text), expression


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_every_file_that_a_document_links_to_exists(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text(encoding="utf-8"))
    missing = [link for link in links if not (document.parent / link).exists()]
    assert missing == []


def test_every_decision_is_linked_from_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    for page in (CHECKOUT / "docs" / "decisions").glob("*.md"):
        assert f"docs/decisions/{page.name}" in text or page.name == "README.md"
