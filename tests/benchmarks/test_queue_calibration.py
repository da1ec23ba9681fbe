"""The interval that is told for a call, on a few simulated days with fixed seeds: far off is a fault, a little chance.

The figures themselves are measured by `make bench ARGS=queue`.
"""

from __future__ import annotations

import pytest

from benchmarks.queue_calibration import WHEN, measure
from clinic.queue.order import Policy


@pytest.mark.parametrize("policy", ["number", "arrival"])
def test_about_eight_of_ten_intervals_hold(policy: Policy) -> None:
    told = measure(range(500, 504), policy, days=8, warm=4)
    for when in WHEN:
        assert told.count[when] > 40, when
        assert 65 <= told.share(when) <= 93, when
