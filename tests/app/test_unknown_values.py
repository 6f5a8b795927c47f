"""Pages with accelerators whose BF16 rate or bandwidth is not known."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.running import opened

LINK = (
    "accelerators=h20,groq-lp30,950pr,910b-64gb&accelerators.groq-lp30.usd_per_hour=0.5&page.truth.on=groq-lp30"
    "&page.explore.binds=roofline"
)
PAGES = ("explore", "plan", "compare", "request", "fleet", "search", "library", "truth")


def words(at: AppTest) -> str:
    kinds = (at.info, at.error, at.warning, at.markdown, at.caption)
    return "\n".join(str(each.value) for kind in kinds for each in kind)


@pytest.mark.parametrize("page", PAGES)
def test_no_page_fails_where_a_value_is_not_known(page: str) -> None:
    assert not opened(LINK, page=f"views/{page}.py").exception


def test_explore_names_the_value_that_is_not_known() -> None:
    said = words(opened(LINK))
    assert "Groq LPU LP30 has no known bandwidth" in said
    assert "Ascend 950PR has no known price" in said


@pytest.mark.parametrize("pool", ["attention_on", "ffn_on"])
@pytest.mark.parametrize("named", ["groq-lp30", "950pr"])
def test_a_pool_that_has_no_cost_is_an_error_on_the_page(pool: str, named: str) -> None:
    at = opened(f"{LINK}&{pool}={named}")
    assert not at.exception
    assert (pool, named) == ("ffn_on", "groq-lp30") or "is known for" in words(at)


def test_library_shows_what_is_not_known() -> None:
    at = opened("page.library.accelerator=groq-lp30", page="views/library.py")
    frame = next(each.value for each in at.dataframe if "8-bit work runs in" in each.value.columns)
    row = frame[frame["Accelerator"] == "Ascend 910B, 64 GB"].iloc[0]
    assert row["8-bit work runs in"] == "not known"
    assert frame["Bandwidth"].isna().sum() == 2
