"""Bad values: refused at the boundary, with field, value and what is allowed; never repaired."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm

STEP3, H800 = cm.load_model("step-3"), cm.load_accelerator("h800")
NOT_A_COUNT = [0, -1, 1.5, 8.0, True, False, None, "8", "", [8], {}, float("nan"), float("inf"), -float("inf"), 10**400]

CONSTRUCTORS: dict[str, Callable[[Any], object]] = {
    "context": lambda value: cm.Workload(context=value),
    "heads": lambda value: cm.Gqa(layers=1, heads=value, kv_heads=1, head_dim=1),
    "kv_heads": lambda value: cm.Gqa(layers=1, heads=64, kv_heads=value, head_dim=1),
    "layers": lambda value: cm.Dense(layers=value, intermediate=1),
    "intermediate": lambda value: cm.Dense(layers=1, intermediate=value),
    "experts": lambda value: cm.Moe(layers=1, experts=value, top_k=1, intermediate=1),
    "top_k": lambda value: cm.Moe(layers=1, experts=64, top_k=value, intermediate=1),
    "key_dim": lambda value: cm.Lightning(layers=1, heads=1, key_dim=value, value_dim=1),
    "kv_rank": lambda value: cm.Mla(layers=1, heads=1, kv_rank=value, rope_dim=0, nope_dim=1, value_dim=1),
    "hidden": lambda value: STEP3.replace(hidden=value),
    "accelerators_per_server": lambda value: H800.replace(accelerators_per_server=value),
}
NOT_A_RATE = [0, -1.0, True, "1e12", [1e12], float("nan"), float("inf"), 1e300, 10**400]


@pytest.mark.parametrize("field", CONSTRUCTORS)
@pytest.mark.parametrize("value", NOT_A_COUNT, ids=lambda value: repr(value)[:12])
def test_nonpositive_count_is_refused_by_field_and_range(field: str, value: object) -> None:
    with pytest.raises(
        cm.DomainError, match=f"^{field}: .* is not allowed; must be a whole number from 1 to "
    ) as caught:
        CONSTRUCTORS[field](value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("field", ["bf16_flops_per_second", "bytes_per_second", "usd_per_hour", "nic_bits_per_second"])
@pytest.mark.parametrize("value", NOT_A_RATE, ids=lambda value: repr(value)[:12])
def test_nonpositive_rate_is_refused_by_field_and_range(field: str, value: object) -> None:
    with pytest.raises(cm.DomainError, match=f"^{field}: .* is not allowed; must be a number from "):
        H800.replace(**{field: value})


@pytest.mark.parametrize("field", ["compute_bits", "linear_bits", "kv_bits"])
@pytest.mark.parametrize("value", [0, 7, 64, -8, 8.0, "8", True, None, float("nan")])
def test_a_precision_outside_the_list_is_refused_with_the_list(field: str, value: object) -> None:
    with pytest.raises(cm.DomainError, match=f"^{field}: .* must be one of .*16"):
        STEP3.attention[0].replace(**{field: value})


@pytest.mark.parametrize("value", [0, 0.5, 33, -8, "8", True, None, float("nan")])
def test_weight_bits_may_count_scales_but_have_a_range(value: object) -> None:
    assert STEP3.attention[0].replace(weight_bits=4.25).weight_bits == 4.25
    with pytest.raises(cm.DomainError, match=r"^weight_bits: .* must be a number from 1 to 32"):
        STEP3.attention[0].replace(weight_bits=value)


@given(heads=st.integers(1, 1024), kv_heads=st.integers(1, 1024))
def test_kv_heads_are_accepted_exactly_when_they_divide_heads(heads: int, kv_heads: int) -> None:
    if heads % kv_heads == 0:
        cm.Gqa(layers=1, heads=heads, kv_heads=kv_heads, head_dim=128)
    else:
        with pytest.raises(
            cm.DomainError, match=f"kv_heads must divide heads, got heads = {heads}, kv_heads = {kv_heads}"
        ):
            cm.Gqa(layers=1, heads=heads, kv_heads=kv_heads, head_dim=128)


def test_more_active_than_existing_experts_are_refused() -> None:
    with pytest.raises(cm.DomainError, match="top_k must not exceed experts, got top_k = 9, experts = 8"):
        cm.Moe(layers=1, experts=8, top_k=9, intermediate=1)


@pytest.mark.parametrize("stack", ["attention", "ffn"])
def test_a_stack_without_groups_or_with_too_many_is_refused(stack: str) -> None:
    group = getattr(STEP3, stack)[0]
    for groups in ([], [group.replace(layers=1)] * 9):
        with pytest.raises(cm.DomainError, match=f"{stack} must have 1 to 8 layer groups, got groups = {len(groups)}"):
            STEP3.replace(**{stack: groups})


def test_more_accepted_than_verified_tokens_are_refused() -> None:
    with pytest.raises(cm.DomainError, match="accepted_length must not exceed draft_length"):
        cm.Workload(context=1, draft_length=1, accepted_length=2.5)


@pytest.mark.parametrize("ids", [[], ["h800", "h800"]])
def test_scenario_accelerators_are_distinct_and_not_empty(ids: list[str]) -> None:
    with pytest.raises(cm.DomainError, match="accelerators must"):
        cm.Scenario(
            model=STEP3, accelerators=[cm.load_accelerator(name) for name in ids], workload=cm.Workload(context=1)
        )


def test_half_a_network_is_refused() -> None:
    with pytest.raises(cm.DomainError, match="nics_per_server and nic_bits_per_second must be given together"):
        H800.replace(nics_per_server=None)


@pytest.mark.parametrize("spec", [STEP3, H800], ids=lambda spec: spec.id)
def test_a_description_without_sources_is_refused(spec: cm.Model | cm.Accelerator) -> None:
    with pytest.raises(cm.DomainError, match="sources must name at least one source"):
        spec.replace(sources=[])


@pytest.mark.parametrize("value", ["yes", "true", 1, 0, None, 1.0])
def test_a_switch_takes_only_true_or_false(value: object) -> None:
    with pytest.raises(cm.DomainError, match=r"^tied_embeddings: .* is not allowed"):
        STEP3.replace(tied_embeddings=value)


def test_an_unknown_field_is_refused_with_its_near_match() -> None:
    with pytest.raises(cm.DomainError, match="unknown field 'contxt'; did you mean context"):
        cm.Workload(context=1, contxt=2)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("group", "message"),
    [
        ({"kind": "mhla", "layers": 61}, "kind 'mhla' is not known; must be one of 'gqa', 'mla', 'mfa', 'dsa'"),
        ({"layers": 61}, "kind is missing"),
        ("gqa", "'gqa' is not allowed"),
        (
            {"kind": "gqa", "layers": 61, "heads": 0, "kv_heads": 1, "head_dim": 1},
            "attention.0.heads: 0 is not allowed",
        ),
    ],
)
def test_a_bad_layer_group_is_refused_by_its_place(group: object, message: str) -> None:
    with pytest.raises(cm.DomainError) as caught:
        STEP3.replace(attention=[group])
    assert message in str(caught.value)
    assert str(caught.value).startswith("attention.0")


@given(text=st.text(min_size=61, max_size=5000) | st.just("../" * 1000) | st.just("<script>" * 10_000))
def test_a_hostile_text_never_floods_a_message(text: str) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: cm.Workload(context=text),  # type: ignore[arg-type]
        lambda: STEP3.replace(id=text),
        lambda: STEP3.replace(attention=[{"kind": text}]),
        lambda: cm.Workload(**{"context": 1, text: 1}),
        lambda: cm.load_model(text),
    ]
    for attempt in attempts:
        with pytest.raises(cm.CostModelError) as caught:
            attempt()
        assert len(str(caught.value)) < 1000


def test_every_refused_value_is_listed() -> None:
    with pytest.raises(cm.DomainError) as caught:
        cm.Workload(context=0, draft_length=-1)
    assert [problem.field for problem in caught.value.problems] == ["context", "draft_length"]


def test_a_description_cannot_be_changed_after_its_check() -> None:
    with pytest.raises(ValueError, match="frozen"):
        H800.usd_per_hour = 0.0  # type: ignore[misc]
