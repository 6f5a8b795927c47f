"""The verdict in words and as a drawing: every form of the answer, its badges, and the two pools."""

import pytest

import costmodel as cm
from app import verdicts
from app.charts import pools
from app.charts.sketch import NONE, ROLES
from app.charts.stack_words import attention_layers, ffn_layers
from app.wording import NBSP
from costmodel.io.link import default_scenario
from tests.app.running import opened

FORMS = {
    "model=step-3": "Split it: H20 + H800, $0.0550 per 1M tokens, 12.9 % less than H800 alone",
    "model=deepseek-v3": "Do not split: H800 alone, $0.0677 per 1M tokens; the best pair costs 27.4 % more",
    "model=deepseek-v3&workload.context=32768": "It depends: H800 alone, $0.211 in the limit; "
    "in whole servers H800 + H20 is 8.0 %\u2020 cheaper",
    "model=llama-4-maverick": "Split only on paper: H20 + H800, $0.0672 in the limit; "
    "in whole servers H20 alone is 30.1 % cheaper",
    "model=qwen3-235b-a22b&workload.context=131072": "Even: H20 + H800, $0.719 per 1M tokens, "
    "only 1.8 % less than H20 alone",
    "accelerators=h800": "H800 alone, $0.0632 per 1M tokens",
    "sla.tpot=0.001": "H20 + H800, $0.0550 per 1M tokens in the limit; no deployment meets the SLA",
    "model=qwen3-235b-a22b&accelerators=h800,a800": "Split it: A800 + H800, $0.0991 per 1M tokens, 10.0 % less than "
    "A800 alone. With measured shares of peak H800 alone is 6.2 % cheaper",
    "rates=measured": "Split it: H20 + H800, $0.0550 per 1M tokens, 12.9 % less than H800 alone. "
    "With measured shares of peak it is even",
    "accelerators=h800&rates=kernels": "H800 alone, $0.0632 per 1M tokens. With measured kernels it is even",
}


def asked(query: str) -> cm.Scenario:
    """The scenario of a link."""
    return cm.from_query(query).scenario


@pytest.mark.parametrize("query", FORMS)
def test_headline_of_each_form(query: str) -> None:
    assert verdicts.headline(cm.decide(asked(query))).replace(NBSP, " ") == FORMS[query]


def test_page_opens_with_the_headline_as_its_title() -> None:
    at = opened("model=deepseek-v3")
    assert not at.exception
    assert at.title[0].value.replace("\\", "").replace(NBSP, " ") == FORMS["model=deepseek-v3"]
    assert [badge.split(" ")[0] for badge in badge_tones("model=deepseek-v3")] == ["orange", "orange", "gray"]


def badge_tones(query: str) -> list[str]:
    """Tone and text of each badge."""
    scenario = asked(query)
    return [f"{badge.tone} {badge.text}".replace(NBSP, " ") for badge in verdicts.badges(cm.decide(scenario), scenario)]


def plain_text(markdown: str) -> str:
    """Markdown without its escapes and no-break spaces."""
    return markdown.replace("\\", "").replace(NBSP, " ")


def test_pages_say_what_even_means_where_they_say_it() -> None:
    for page, query in (("explore", ""), ("plan", "model=qwen3-235b-a22b&workload.context=131072")):
        captions = [plain_text(each.value) for each in opened(query, f"views/{page}.py").caption]
        # Once for the verdict and once below the opened bridge.
        assert sum(each.startswith("Even: less than 5 % apart") for each in captions) == 2, page
    assert not [each.value for each in opened("model=deepseek-v3").caption if "apart, which is within" in each.value]


def test_even_at_measured_kernels_is_the_band_of_their_errors() -> None:
    said = {
        plain_text(each.value) for each in opened("accelerators=h200,b200").caption if "further apart" in each.value
    }
    assert said == {
        "Even at measured kernels: of five measured deployments four lie between 0.80 and 1.30 times their prediction, "
        "and the two are no further apart."
    }
    assert verdicts.even_notes([(None, None), (0.2, None), (-0.6, (0.8, 1.25))]) == []


def test_badges_name_the_pair_that_another_level_chooses() -> None:
    assert badge_tones("") == [
        "green In the limit: AFD 12.9 % less",
        "green Whole servers, 50 ms: A800 + H800 24.1 % less",
        "gray Measured shares: even, H800 + H800 0.6 % more",
    ]


def test_badges_say_where_there_is_no_comparison() -> None:
    assert badge_tones("model=deepseek-v3")[2] == "gray Measured shares: no data for Ascend 910B"
    assert badge_tones("accelerators=h800")[0] == "gray In the limit: no second accelerator with a price"
    assert badge_tones("sla.tpot=0.001")[1] == "gray Whole servers, 1 ms: nothing meets the SLA"


def test_badges_name_rates_and_mark_what_they_borrow() -> None:
    assert badge_tones("rates=kernels")[1:] == [
        "green Whole servers, 50 ms: A800 + H800 24.1 % less",
        "green Measured kernels\u2021: H20 + H800 38.9 % less",
    ]
    query = "accelerators=h200,b200,910b"
    assert badge_tones(query)[2].startswith("gray Measured kernels: even, AFD 8.8 % more")
    said = verdicts.basis(cm.decide(asked(query)))
    assert said == ["Not ranked at measured rates: Kernels of Ascend 910B are borrowed."]


def test_page_says_what_the_rates_asked_for_borrow() -> None:
    for query, said in (
        ("rates=kernels", "\u2021 Borrowed kernels: 16-bit dense GEMM on H800 (H100 SXM)"),
        ("rates=measured", "Not ranked at measured "),
    ):
        assert any(said in caption.value.replace("\\", "") for caption in opened(query).caption)


def test_a_level_with_one_way_says_which_meets_the_sla() -> None:
    scenario = asked("sla.tpot=0.0072")
    found = cm.decide(scenario)
    assert found.servers.single is None
    assert found.servers.split
    assert found.form == "split"
    words = [badge.text.replace(NBSP, " ") for badge in verdicts.badges(found, scenario)]
    assert words[1].startswith("Whole servers, 7.2 ms: only ")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "6.7 H20 keep one H800 busy."),
        ("model=deepseek-v3", "H800 is the cheapest for attention and for the FFN alike."),
        ("attention_on=h800&ffn_on=h20", "One H800 keeps 2.07 H20 busy."),
    ],
)
def test_ratio_of_the_pools_is_said_in_the_larger_direction(query: str, expected: str) -> None:
    scenario = asked(query)
    limit = cm.decide(scenario).limit
    way = limit.single if "deepseek" in query else limit.pair
    assert way is not None
    assert verdicts.follows(way, scenario) == expected


@pytest.mark.parametrize(("ratio", "expected"), [(6.68, (28, 4)), (1.0, (16, 16)), (1e6, (31, 1)), (1e-6, (1, 31))])
def test_chips_show_the_ratio_of_accelerator_seconds(ratio: float, expected: tuple[int, int]) -> None:
    assert pools.chips(ratio) == expected


@pytest.mark.parametrize("query", FORMS)
def test_drawing_uses_known_colours_and_stays_inside_its_frame(query: str) -> None:
    scenario = asked(query)
    rows = pools.rows(scenario, cm.decide(scenario))
    assert {row["fill"] for row in rows} | {row["stroke"] for row in rows} <= {*ROLES, NONE}
    for prefix in ("", "m"):
        shares = [row[f"{prefix}{name}"] for row in rows for name in ("x", "x2")]
        assert 0 <= min(shares) <= max(shares) <= 1
        assert max(row[f"{prefix}{name}"] for row in rows for name in ("y", "y2")) <= pools.HEIGHT
    assert sum(row["fill"] in ("attention", "feed") and row["radius"] == 3 for row in rows) == pools.MOST_CHIPS + 2


def test_drawing_splits_or_joins_the_pools_as_the_limit_says() -> None:
    for query, kinds, trips in (("", 2, True), ("model=deepseek-v3", 1, False)):
        scenario = asked(query)
        rows = pools.rows(scenario, cm.decide(scenario))
        named = {row["text"] for row in rows if row["kind"] == "words" and row["size"] == 20 and "$" not in row["text"]}
        assert len(named) == kinds
        assert any(row["text"] == "back, 61 times" for row in rows) == trips


def test_an_even_difference_is_gray_in_the_drawing() -> None:
    def difference_colours(query: str) -> set[str]:
        rows = pools.rows(asked(query), cm.decide(asked(query)))
        return {str(row["fill"]) for row in rows if str(row["text"]).endswith((" less", " more"))}

    assert difference_colours("") == {"good"}
    assert difference_colours("model=deepseek-v3") == {"bad"}
    assert difference_colours("model=qwen3-235b-a22b&workload.context=131072") == {"gray"}


def test_layers_are_named_with_windows_and_short_mechanisms() -> None:
    maverick, minimax = default_scenario("llama-4-maverick").model, default_scenario("minimax-m1").model
    assert attention_layers(maverick) == "12 GQA, 36 GQA 8K window layers"
    assert attention_layers(minimax) == "10 GQA, 70 Lightning layers"
    assert ffn_layers(default_scenario().model) == "5 dense, 56 MoE layers"
