"""The space that several tests search."""

import pytest

import costmodel as cm


@pytest.fixture
def space():
    return cm.Space(
        "step-3",
        {
            "attention.0.heads": range(16, 129, 16),
            "attention.0.head_dim": [64, 128, 256],
            "ffn.1.experts": [2, 32, 48, 96],
            "ffn.1.top_k": range(1, 6),
            "ffn.1.intermediate": [1024, 5120],
            "workload.context": [8192, 32768],
        },
    )
