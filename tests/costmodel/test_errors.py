"""The error tree: messages, and errors that reach another process as they were raised."""

import copy
import pickle

import pytest

import costmodel as cm
from costmodel import errors

PROBLEMS = (cm.Problem("hidden", "0 is not allowed", "model.toml"), cm.Problem("", "second"))
ERRORS = [
    cm.CostModelError("text"),
    cm.DomainError("text"),
    cm.DomainError(PROBLEMS).at("a file"),
    cm.PresetError(PROBLEMS),
    cm.UnknownNameError("model", "step3", ["step-3", "deepseek-v3"]),
    cm.UnknownNameError("metric", object(), []),
    cm.SearchCancelledError("stopped"),
]
EACH_ERROR = pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)


@EACH_ERROR
def test_an_error_survives_pickling_and_copying(error: cm.CostModelError) -> None:
    for same in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301
        assert type(same) is type(error)
        assert str(same) == str(error)
        assert vars(same) == vars(error)
        assert same == error
        assert hash(same) == hash(error)


def test_every_kind_of_error_is_tried() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, cm.CostModelError)}
    assert {type(error) for error in ERRORS} == kinds


def test_errors_differ_by_kind_and_by_content() -> None:
    assert cm.DomainError("a") != cm.DomainError("b")
    assert cm.DomainError("a") != cm.PresetError("a")
    assert cm.DomainError("a") != "a"
    assert cm.DomainError(cm.Problem("", "a")) == cm.DomainError("a")
    assert cm.DomainError(cm.Problem("a", "b")) != cm.DomainError("a: b")
