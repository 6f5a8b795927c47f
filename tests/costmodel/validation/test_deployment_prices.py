"""Published deployments at the prices of a scenario."""

import costmodel as cm


def asked(model, context, **prices):
    """A model at a context; prices by accelerator id."""
    scenario = cm.default_scenario(model).replace(workload=cm.Workload(context=context))
    edits = {f"accelerators.{name}.usd_per_hour": price for name, price in prices.items()}
    return cm.replace_valid(scenario, edits)[0]


def test_step3_at_8k_is_its_published_4a2f():
    afd, alone = cm.published_costs(asked("step-3", 8_192))
    assert (afd.measurement.system, f"{afd.usd_per_million_tokens:.3f}") == ("Step-3, 4A2F", "0.210")
    assert alone is None


def test_deepseek_without_afd_is_the_nearest_context():
    afd, alone = cm.published_costs(asked("deepseek-v3", 8_192))
    assert afd is None
    assert (alone.measurement.context, f"{alone.usd_per_million_tokens:.3f}") == (4_989, "0.300")


def test_published_output_is_priced_as_the_scenario_says():
    dear, cheap = (cm.published_costs(asked("step-3", 8_192, h800=price))[0] for price in (4.0, 1.0))
    assert dear.usd_per_million_tokens == 4 * cheap.usd_per_million_tokens


def test_an_unpriced_accelerator_takes_the_price_of_its_preset():
    found = cm.published_costs(asked("step-3", 8_192, h800=None))[0]
    assert found.accelerator.usd_per_hour == cm.load_accelerator("h800").usd_per_hour


def test_a_model_without_a_publication_has_none():
    assert cm.published_costs(asked("qwen3-32b", 8_192)) == (None, None)
