"""Price of a request: parts, shares, reservation, margins, and the day that DeepSeek published."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm

usd = st.floats(0.001, 10)


def priced(**values: float) -> cm.RequestPrice:
    return cm.RequestPrice(
        **{
            "prompt": 8192,
            "cached": 4096,
            "output": 1024,
            "usd_per_million_input": 0.03,
            "usd_per_million_cached": 0.001,
            "usd_per_million_output": 0.06,
        }
        | values
    )


@given(st.tuples(usd, usd, usd), st.integers(2, 10_000), st.integers(0, 10_000), st.data())
def test_parts_sum_to_the_price_and_shares_to_one(prices, prompt, output, data) -> None:
    miss, hit, out = prices
    cached = data.draw(st.integers(0, prompt - 1))
    price = priced(
        prompt=prompt,
        cached=cached,
        output=output,
        usd_per_million_input=miss,
        usd_per_million_cached=hit,
        usd_per_million_output=out,
    )
    assert price.input_usd + price.cached_usd + price.output_usd == pytest.approx(price.usd)
    assert sum(price.shares.values()) == pytest.approx(1)
    # The blended price lies between the cheapest and the dearest kind of token.
    assert min(miss, hit, out) * (1 - 1e-9) <= price.usd_per_million_blended <= max(miss, hit, out) * (1 + 1e-9)


def test_cached_tokens_are_not_added_to_the_prompt() -> None:
    assert priced(cached=0).missed == 8192
    assert priced(cached=4096).missed == 4096
    assert priced(cached=4096).usd < priced(cached=0).usd


def test_reservation_cost_is_full_load_over_utilization() -> None:
    assert priced(utilization=0.4).reservation_usd == pytest.approx(priced().usd / 0.4)
    assert priced().reservation_usd == priced().usd


def test_a_million_requests_are_priced_as_one_by_one() -> None:
    prompts = np.array([100.0, 8192.0, 100_000.0])
    together = priced(prompt=prompts, cached=0).usd
    assert together.tolist() == [priced(prompt=each, cached=0).usd for each in prompts]


def test_both_margins_are_named() -> None:
    margin = cm.Margin(revenue=2.0, cost=0.5)
    assert margin.markup == 3
    assert margin.gross_margin == 0.75


def test_ideal_prefill_costs_most_of_a_long_request() -> None:
    step3, h800, h20 = cm.load_model("step-3"), cm.load_accelerator("h800"), cm.load_accelerator("h20")
    pre = cm.prefill(step3, h800, prompt=8192)
    decode = cm.decode_cost(step3, attention_on=h20, ffn_on=h800, workload=cm.Workload(context=8192 + 512))
    price = priced(cached=0, usd_per_million_input=pre.usd_per_million_tokens, usd_per_million_output=decode.total)
    assert price.input_usd == pytest.approx(2.45e-4, rel=0.002)
    assert price.output_usd == pytest.approx(0.58e-4, rel=0.01)


def test_storage_prices_what_is_kept_moved_and_expanded() -> None:
    storage = cm.Storage(usd_per_byte_second=1e-15, hold_seconds=600, usd_per_byte_moved=1e-13)
    assert storage.usd_per_million_cached(35_000) == pytest.approx(1e6 * 35_000 * (6e-13 + 1e-13))
    assert cm.Storage().usd_per_million_cached(35_000, 1e-9) == pytest.approx(1e-3)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cached": 8192}, "cached: 8192 is not allowed; must be below prompt, 8192"),
        ({"output": -1}, "output: -1 is not allowed; must be from 0"),
        ({"utilization": 0}, "utilization: 0 is not allowed; must be above 0 to 1"),
        ({"utilization": 1.2}, r"utilization: 1\.2 is not allowed"),
        ({"usd_per_million_input": -1}, "usd_per_million_input: -1 is not allowed"),
    ],
)
def test_bad_prices_are_refused(values: dict[str, float], message: str) -> None:
    with pytest.raises(cm.DomainError, match=message):
        priced(**values)
