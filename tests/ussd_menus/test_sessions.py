"""One session: an answer that is brought twice."""

from __future__ import annotations

from typing import Any

CENTRES = "选择中心"
DEPARTMENTS = "选择科室"


def answers(network: Any, unit: int, number: int = 1) -> str:
    """The first line of the last text, after an answer with this dialogue unit."""
    network.deliver("8615400000001", "answer", "1", number=number, end=unit << 1)
    text: str = network.sent[-1][1].text
    return text.splitlines()[0]


def test_the_same_answer_twice_is_one(network: Any) -> None:
    network.phone().dial("*120#")
    assert answers(network, unit=2) == CENTRES
    assert answers(network, unit=2) == CENTRES
    assert network.events["late"] == 1
    assert answers(network, unit=4) == DEPARTMENTS


def test_a_network_that_does_not_count_is_heard_every_time(network: Any) -> None:
    network.phone().dial("*120#")
    assert answers(network, unit=0) == CENTRES
    assert answers(network, unit=0) == DEPARTMENTS


def test_the_next_session_counts_anew(network: Any) -> None:
    network.phone().dial("*120#")
    assert answers(network, unit=2) == CENTRES
    network.deliver("8615400000001", "begin", "*120*1#", number=2, end=2 << 1)
    assert answers(network, unit=2, number=2) == DEPARTMENTS
