"""The picture and the command of the Share dialog: both give the numbers of the page."""

import io
import json
import shlex

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import costmodel as cm
from app import cards, picture
from app.views.share import COMMANDS
from app.wording import digits, percent, usd
from costmodel.cli.application import run
from tests.app.running import fetched, opened

QUERY = "v=2&model=step-3&attention.0.heads=96&workload.context=32768"
PAGES = {
    "cost": "views/explore.py",
    "plan": "views/plan.py",
    "compare": "views/compare.py",
    "search": "views/search.py",
    "request": "views/request.py",
    "fleet": "views/fleet.py",
    "measurements": "views/truth.py",
    "paper": "views/paper.py",
    "models": "views/library.py",
    "scenarios": "views/gallery.py",
}
LINK = f"https://afd.example/?{QUERY}"


def shared(data: str) -> AppTest:
    """The page with its share dialog open."""
    return opened(QUERY, page=PAGES[data]).button(key="share").click().run()


def opened_picture(card: picture.Card, link: str = LINK) -> Image.Image:
    image = Image.open(io.BytesIO(picture.png(card, link)))
    image.load()
    return image


@pytest.mark.parametrize("data", PAGES)
def test_the_shell_command_prints_the_numbers_of_the_page(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    at = shared(data)
    shown = next(block.value for block in at.code if block.value.startswith("costmodel"))
    program, command, *arguments = shlex.split(shown)
    assert (program, command) == ("costmodel", COMMANDS[data])
    capsys.readouterr()
    assert run([command, *arguments, "--json"]) == 0
    link = arguments[-1] if arguments else ""
    assert json.loads(capsys.readouterr().out) == json.loads(fetched(f"/api/{data}", link.partition("?")[2])[2])


@pytest.mark.parametrize("data", PAGES)
def test_dialog_offers_a_picture_of_the_page(data: str) -> None:
    at = shared(data)
    assert [each.proto.label for each in at.get("download_button")] == ["Picture (PNG)"]


def test_the_cost_picture_holds_title_numbers_and_link() -> None:
    scenario = cm.from_query(QUERY).scenario
    best = cm.cheapest(scenario)
    card = cards.card("cost", QUERY)
    assert card.title == f"Step-3 (heads 96) at 32K tokens: {usd(best.pair.total)} per 1M tokens"
    assert percent(best.saving) in card.subtitle
    assert [bar.value for bar in card.bars] == sorted(float(cost.total) for cost in (best.pair, *best.alone.values()))
    words = opened_picture(card).info
    assert (words["Title"], words["Source"]) == (card.title, LINK)
    for cost in (best.pair, *best.alone.values()):
        assert usd(cost.total) in words["Description"]


def test_the_search_picture_holds_the_first_designs() -> None:
    query = f"{QUERY}&search.axis.ffn.1.top_k=2..4&search.where=cost <= 1"
    (*_, last) = rows = cm.search_report(cm.search_of_query(query).search)["rows"]
    card = cards.card("search", query)
    assert card.title == f"Step-3 (heads 96) at 32K tokens: {len(rows)} designs on the frontier of 3"
    assert [(bar.label, bar.value) for bar in card.bars][-1] == (f"top k {last['ffn.1.top_k']}", last["cost"])
    opened_picture(card)
    assert "removed by cost <= 0" in cards.card("search", query.replace("<= 1", "<= 0")).subtitle
    assert (
        "designs are too many"
        in cards.card("search", f"{query}&search.axis.hidden=1..10000&search.axis.vocabulary=1..99").subtitle
    )


def test_picture_of_one_accelerator_claims_no_saving() -> None:
    card = cards.card("cost", "model=step-3&accelerators=h800")
    assert [bar.label for bar in card.bars] == ["H800 alone"]
    assert card.subtitle == "on H800 alone; a second kind of accelerator saves nothing"


def test_the_plan_picture_ranks_as_the_library_does() -> None:
    rows = [row for row in cm.plan_report(cm.from_query(QUERY).scenario)["rows"] if row["feasible"]]
    card = cards.card("plan", QUERY)
    alone = next(row for row in rows if row["kind"] == "colocated")
    costs = [row["usd_per_million_tokens"] for row in rows[: picture.MOST_BARS]]
    assert [bar.value for bar in card.bars[:-1]] == costs[:-1]
    assert alone["usd_per_million_tokens"] in [bar.value for bar in card.bars]
    assert f"{usd(costs[0])} per 1M tokens" in card.title
    assert f"{percent(1 - costs[0] / alone['usd_per_million_tokens'])} less than" in card.subtitle


def test_plan_picture_without_a_price_shows_throughput() -> None:
    card = cards.card("plan", "model=step-3&accelerators=910c&objective=throughput")
    assert "tokens/s per accelerator" in card.title
    assert {bar.value for bar in card.bars} == {None}


@pytest.mark.parametrize("data", ["plan", "compare", "request", "fleet"])
def test_pictures_at_measured_kernels_say_what_is_borrowed(data: str) -> None:
    asked = "model=deepseek-v3&accelerators=h800,h20"
    assert cards.card(data, f"{asked}&rates=kernels").note.endswith("Some kernels are borrowed.")
    assert "borrowed" not in cards.card(data, asked).note


def test_throughput_in_a_picture_has_its_band() -> None:
    card = cards.card("plan", "model=step-3&accelerators=910c&objective=throughput&rates=kernels")
    row = cm.plan_report(cm.from_query("model=step-3&accelerators=910c&objective=throughput&rates=kernels").scenario)
    low, high = (row["rows"][0][f"tokens_per_second_per_gpu_{end}"] for end in ("low", "high"))
    assert f"({digits(low)} to {digits(high)})" in card.title


def test_plan_picture_of_an_sla_that_nothing_meets_says_why() -> None:
    card = cards.card("plan", f"{QUERY}&sla.tpot=0.001")
    assert card.title == "Step-3 (heads 96) at 32K tokens: nothing meets 1 ms per token".replace(" ms", "\u00a0ms")
    assert "per stage" in card.subtitle
    assert card.bars == ()
    opened_picture(card)


def test_a_picture_without_any_price_says_so() -> None:
    assert "no price is known for Ascend 910C" in cards.card("cost", "accelerators=910c").subtitle


def test_the_compare_picture_starts_with_the_cheapest_design() -> None:
    card = cards.card("compare", "v=2&model=step-3")
    names = ["Step-3", "Qwen3-235B-A22B", "DeepSeek-V3"]
    assert [bar.label for bar in card.bars] == names
    assert [bar.shown for bar in card.bars] == [
        usd(cm.cheapest(cm.default_scenario(name)).pair.total) for name in ("step-3", "qwen3-235b-a22b", "deepseek-v3")
    ]


def test_no_word_of_a_picture_leaves_its_margins() -> None:
    long = picture.Card("W" * 200, "word " * 60, (picture.Bar("M" * 120, "$1.00", 1.0),), "note")
    image = opened_picture(long, f"https://afd.example/?{'x' * 3000}").convert("L")
    assert image.width == picture.WIDTH
    for box in (
        (0, 0, picture.MARGIN - 1, image.height),
        (picture.WIDTH - picture.MARGIN + 2, 0, picture.WIDTH, image.height),
    ):
        assert image.crop(box).getextrema() == (255, 255)


def test_a_link_too_long_to_read_stays_in_the_file() -> None:
    card = cards.card("cost", QUERY)
    link = f"{LINK}&{'x' * picture.LONGEST_LINK}"
    image = opened_picture(card, link)
    assert image.info["Source"] == link
    assert image.height < opened_picture(card).height + 1
