"""Batches and network floors of sparse models (paper sec. 5.3 and 5.4)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.sparsity import SparsityFloor, sparsity_floor

H800 = cm.load_accelerator("h800")
PAPER = {"hidden": 7168, "layers": 61, "tpot": 0.05}


def test_floor_of_h800_at_40_gb_per_nic_is_0_073() -> None:
    assert round(cm.minimum_sparsity(H800, **PAPER, nic_share=40 / 50), 3) == 0.073


@given(factor=st.floats(0.1, 10))
def test_floor_is_proportional_to_wire_bytes_over_time(factor: float) -> None:
    floor = cm.minimum_sparsity(H800, **PAPER)
    assert cm.minimum_sparsity(H800, **PAPER | {"hidden": 7168 * factor}) == pytest.approx(floor * factor, rel=1e-12)
    assert cm.minimum_sparsity(H800, **PAPER | {"tpot": 0.05 * factor}) == pytest.approx(floor / factor, rel=1e-12)


@pytest.mark.parametrize(("stages", "carried"), [(3, 1 + 2), (4, 2)])
def test_floor_batch_fills_the_network_stage(stages: int, carried: int) -> None:
    # Three stages: there (1 byte) and back (2 bytes) in one stage. Four: each way has its own, the wider one counts.
    batch = cm.batch_for_high_mfu(H800, cm.minimum_sparsity(H800, **PAPER, stages=stages))
    budget = 0.05 / stages / 61
    assert carried * 7168 * batch / (8 * 400e9 / 8) == pytest.approx(budget, rel=1e-12)


def test_fourth_stage_carries_two_bytes_in_three_quarters_time() -> None:
    three, four = (cm.minimum_sparsity(H800, **PAPER, stages=stages) for stages in (3, 4))
    assert four == pytest.approx(three * (2 / 3) / (3 / 4), rel=1e-12)
    assert round(four, 3) == 0.052


def test_keeping_two_tokens_per_step_halves_the_floor() -> None:
    model, sla = cm.load_model("step-3"), cm.Sla()
    one = cm.Workload(context=8192, draft_length=2)
    floors = [sparsity_floor(model, H800, work, sla).minimum for work in (one, one.replace(accepted_length=2.0))]
    assert floors[1] == pytest.approx(floors[0] / 2, rel=1e-12)


def test_the_floor_of_an_array_of_designs_is_the_floor_of_each() -> None:
    hidden, stages = np.array([[4096.0], [7168.0]]), np.array([3, 4])
    floors = cm.minimum_sparsity(H800, hidden=hidden, layers=61, tpot=0.05, stages=stages)
    for row, column in np.ndindex(2, 2):
        alone = cm.minimum_sparsity(
            H800, hidden=float(hidden[row, 0]), layers=61, tpot=0.05, stages=int(stages[column])
        )
        assert floors[row, column] == alone


@pytest.mark.parametrize("sparsity", [1.0, 0.5, 9 / 256])
def test_batch_for_high_mfu_is_inverse_to_sparsity(sparsity: float) -> None:
    assert cm.batch_for_high_mfu(H800, sparsity) == pytest.approx(H800.ridge() / 2 / sparsity, rel=1e-12)


def test_4_bit_weights_halve_the_batch_for_high_mfu() -> None:
    assert cm.batch_for_high_mfu(H800, weight_bits=4) == cm.batch_for_high_mfu(H800) / 2


@pytest.mark.parametrize(("model", "met"), [("step-3", True), ("deepseek-v3", False)])
def test_a_design_meets_the_floor_when_it_is_at_least_as_dense(model: str, met: bool) -> None:
    floor = SparsityFloor(cm.load_model(model).sparsity, cm.minimum_sparsity(H800, **PAPER))
    assert bool(floor.met) is met


@pytest.mark.parametrize("name", ["hidden", "layers", "tpot", "nic_share"])
@pytest.mark.parametrize("value", [0, -1, True, None, "7168", [7168], float("nan"), float("inf"), np.array([1.0, 0.0])])
def test_what_is_not_a_positive_number_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(cm.DomainError, match=f"{name}: .* must be a positive number"):
        cm.minimum_sparsity(H800, **PAPER | {name: value})


@pytest.mark.parametrize("stages", [2, 5, 3.5, True, "3", None, np.array([3, 5])])
def test_only_three_or_four_stages_are_accepted(stages: object) -> None:
    with pytest.raises(cm.DomainError, match=r"stages: .* must be 3 or 4"):
        cm.minimum_sparsity(H800, **PAPER, stages=stages)


def test_a_network_faster_than_its_line_rate_is_refused() -> None:
    with pytest.raises(cm.DomainError, match=r"nic_share: 1\.01 is not allowed; must be at most 1"):
        cm.minimum_sparsity(H800, **PAPER, nic_share=1.01)


@pytest.mark.parametrize("value", [0, -0.5, True, None, "1", float("nan"), float("inf")])
def test_a_batch_for_an_impossible_sparsity_is_refused(value: object) -> None:
    with pytest.raises(cm.DomainError, match=r"sparsity: .* must be a positive number"):
        cm.batch_for_high_mfu(H800, value)


@pytest.mark.parametrize(("bits", "floor"), [(8, "0.0307"), (16, "0.0614")])
def test_the_floor_follows_the_bits_of_the_ffn(bits: int, floor: str) -> None:
    model = cm.load_model("step-3")
    model = model.replace(ffn=[group.replace(weight_bits=bits, compute_bits=16) for group in model.ffn])
    found = sparsity_floor(model, cm.load_accelerator("a800"), cm.Workload(context=8192), cm.Sla())
    assert f"{found.minimum:.4f}" == floor


def test_the_batch_for_high_mfu_follows_both_bits() -> None:
    h800 = cm.load_accelerator("h800")
    assert cm.batch_for_high_mfu(h800, weight_bits=16) == 2 * cm.batch_for_high_mfu(h800)
    assert cm.batch_for_high_mfu(h800, weight_bits=16, compute_bits=16) == pytest.approx(9.89e14 / 3.35e12)
