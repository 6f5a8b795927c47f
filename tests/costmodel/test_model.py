"""Models and workloads: sums over layer groups, and what multi-token prediction multiplies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm

STEP3, MAVERICK, M1 = (cm.load_model(name) for name in ("step-3", "llama-4-maverick", "minimax-m1"))
EVERY_MODEL = pytest.mark.parametrize("name", cm.models())


@EVERY_MODEL
def test_parameters_sum_to_their_total(name: str) -> None:
    model = cm.load_model(name)
    parts = model.parameters
    assert parts.total == sum(parts.terms.values())
    idle = parts.ffn - parts.ffn_active + parts.unused_biases + parts.tables
    assert parts.active == parts.total - idle - (0 if parts.tied else parts.embedding)
    assert 0 < parts.active <= parts.total


def test_tables_norms_and_routers_are_counted_one_by_one() -> None:
    parts = STEP3.parameters
    assert parts.norm == (2 * 61 + 1) * 7168 + 61 * 2048
    assert parts.router == 56 * 48 * 7168
    assert parts.embedding == parts.head == 128_815 * 7168


def test_tied_table_is_stored_once_and_active() -> None:
    tied = STEP3.replace(tied_embeddings=True).parameters
    untied = STEP3.parameters
    assert tied.total == untied.total - STEP3.vocabulary * STEP3.hidden
    assert tied.active == untied.active


@pytest.mark.parametrize("name", cm.models("step-3-paper"))
def test_weight_bytes_are_parameters_at_stored_precision(name: str) -> None:
    model = cm.load_model(name)
    parts = model.parameters
    assert model.weight_bytes == parts.attention + parts.ffn + 2 * (
        parts.router + parts.norm + parts.biases + parts.embedding + parts.head
    )


@EVERY_MODEL
def test_work_sums_over_the_layer_groups(name: str) -> None:
    work = cm.load_model(name).decode_work(cm.Workload(context=8192))
    assert work.kv_bytes == sum(group.kv_bytes for group in work.attention)
    assert work.flops == work.core_flops + work.index_flops + work.linear_flops + work.ffn_flops
    assert work.arithmetic_intensity == work.core_flops / work.kv_bytes


def test_stored_and_read_bytes_differ_only_by_window_or_state() -> None:
    assert STEP3.kv_bytes_per_sequence(8192) == 8192 * STEP3.kv_bytes_per_token
    assert MAVERICK.kv_bytes_per_sequence(32768) == 12 * 4096 * 32768 + 36 * 2048 * 8192
    assert M1.kv_bytes_per_sequence(8192) == 10 * 4096 * 8192
    assert M1.state_bytes_per_sequence == 70 * 64 * 128 * 128 * 4
    assert M1.sequence_bytes(8192) == M1.kv_bytes_per_sequence(8192) + M1.state_bytes_per_sequence


@pytest.mark.parametrize(("name", "intensity"), [("step-3", 128), ("deepseek-v3", 512), ("qwen3-235b-a22b", 32)])
def test_intensity_of_a_uniform_stack_ignores_context(name: str, intensity: int) -> None:
    model = cm.load_model(name)
    assert model.arithmetic_intensity == intensity
    assert model.decode_work(cm.Workload(context=1)).arithmetic_intensity == intensity


def test_the_sparsity_of_a_model_is_that_of_its_sparsest_group() -> None:
    assert STEP3.sparsity == 4 / 48
    assert cm.load_model("qwen3-32b").sparsity == 1


@given(drafts=st.integers(0, 64), share=st.floats(0, 1))
def test_drafts_divide_reads_and_multiply_computing(drafts: int, share: float) -> None:
    accepted = 1 + share * drafts
    plain = STEP3.decode_work(cm.Workload(context=8192))
    drafted = STEP3.decode_work(cm.Workload(context=8192, draft_length=drafts, accepted_length=accepted))
    positions = (drafts + 1) / accepted
    assert drafted.kv_bytes == pytest.approx(plain.kv_bytes / accepted, rel=1e-12)
    assert drafted.core_flops == pytest.approx(plain.core_flops * positions, rel=1e-12)
    assert drafted.linear_flops == pytest.approx(plain.linear_flops * positions, rel=1e-12)
    assert drafted.ffn_flops == pytest.approx(plain.ffn_flops * positions, rel=1e-12)
    assert drafted.arithmetic_intensity == pytest.approx(plain.arithmetic_intensity * (drafts + 1), rel=1e-12)


def test_training_ignores_drafts() -> None:
    accelerator = cm.load_accelerator("h800")
    drafted = cm.Workload(context=8192, draft_length=3, accepted_length=2.5)
    assert cm.training_cost(STEP3, accelerator, drafted) == cm.training_cost(
        STEP3, accelerator, cm.Workload(context=8192)
    )


@EVERY_MODEL
def test_4_bit_kv_doubles_the_intensity_of_8_bit_compute(name: str) -> None:
    model = cm.load_model(name)
    halved = model.replace(
        attention=[
            group.replace(kv_bits=group.kv_bits // 2) if "kv_bits" in group.quantities() else group
            for group in model.attention
        ]
    )
    for before, after in zip(model.attention, halved.attention, strict=True):
        factor = 2 if "kv_bits" in before.quantities() else 1
        assert after.arithmetic_intensity(8192) == factor * before.arithmetic_intensity(8192)
    assert (
        halved.decode_work(cm.Workload(context=8192)).core_flops
        == model.decode_work(cm.Workload(context=8192)).core_flops
    )


def test_round_trips_are_those_of_the_shorter_stack() -> None:
    assert STEP3.round_trips == STEP3.layers == STEP3.ffn_layers == 61
    uneven = STEP3.replace(ffn=STEP3.ffn[1:])
    assert (uneven.layers, uneven.ffn_layers, uneven.round_trips) == (61, 56, 56)
    assert uneven.parameters.norm == (61 + 56 + 1) * 7168 + 61 * 2048
