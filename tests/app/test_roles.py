"""The keeper looks every second, and where there is ever more to do leaves half of its time to incoming mail."""

import pytest

from tayori.app.roles import rest


@pytest.mark.parametrize(
    ("worked", "pause"),
    [(0.0, 0.9), (0.2, 0.7), (0.45, 0.45), (1.0, 1.0), (60.0, 2.0)],
    ids=["nothing to do", "little", "half of the turn", "longer than a turn", "very long"],
)
def test_the_keeper_rests_as_long_as_it_worked_within_bounds(worked: float, pause: float) -> None:
    assert rest(worked) == pytest.approx(pause)
