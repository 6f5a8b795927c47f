"""Published architectures to the last parameter and the last byte."""

import pytest

import costmodel as cm
from tests.costmodel.counted_models import COUNTED, Counted

EVERY = pytest.mark.parametrize(("model", "counted"), COUNTED.values(), ids=COUNTED)


@EVERY
def test_parameters_are_counted_to_the_last(model: cm.Model, counted: Counted) -> None:
    assert model.parameters.total == counted.total
    assert model.parameters.active == counted.active


@EVERY
def test_cache_and_state_are_counted_to_the_byte(model: cm.Model, counted: Counted) -> None:
    assert model.kv_bytes_per_token == counted.per_token
    assert model.kv_bytes_per_sequence(8192) == counted.at_8192
    assert model.state_bytes_per_sequence == counted.state
    assert model.sequence_bytes(8192) == counted.at_8192 + counted.state
