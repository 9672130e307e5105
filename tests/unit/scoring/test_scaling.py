"""The autoscaler: eager up, slow down, never out of its bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aml_nb.scoring.scaling import Autoscaler, Scaling


def test_busy_replicas_call_for_more_at_once() -> None:
    scaler = Autoscaler(Scaling(1, 10), settle_s=60)
    assert scaler.wanted(0, 1, 1.0, 5) == 2
    assert scaler.wanted(1, 2, 2.0, 5) == 3
    assert scaler.wanted(2, 7, 7.0, 0) == 10


def test_a_fall_must_last() -> None:
    scaler = Autoscaler(Scaling(1, 10), settle_s=60)
    assert scaler.wanted(0, 4, 4.0, 0) == 6
    assert scaler.wanted(30, 6, 0.0, 0) == 6
    assert scaler.wanted(59, 6, 1.0, 0) == 6
    assert scaler.wanted(61, 6, 0.0, 0) == 2
    assert scaler.wanted(120, 2, 0.0, 0) == 1


def test_replicas_at_their_target_stay() -> None:
    scaler = Autoscaler(Scaling(1, 10, target=0.5), settle_s=0)
    assert scaler.wanted(0, 4, 2.0, 0) == 4


@given(
    bounds=st.tuples(st.integers(1, 9), st.integers(0, 9)),
    looks=st.lists(st.tuples(st.floats(0.1, 90), st.floats(0, 1), st.integers(0, 50)), max_size=30),
)
def test_it_keeps_within_its_bounds(bounds: tuple[int, int], looks: list[tuple[float, float, int]]) -> None:
    scaling = Scaling(bounds[0], bounds[0] + bounds[1])
    scaler, now, replicas = Autoscaler(scaling), 0.0, scaling.minimum
    for pause, share, queued in looks:
        now += pause
        replicas = scaler.wanted(now, replicas, share * replicas, queued)
        assert scaling.minimum <= replicas <= scaling.maximum
