"""Answers to submits on their way out."""

from __future__ import annotations

from typing import Any


def ids(esme: Any) -> list[str]:
    return [response.message_id for response in esme.responses]


def test_a_lost_answer_of_a_message_that_was_taken(make_network: Any) -> None:
    network = make_network(submit_lost_answers=1)
    esme = network.bound().sms()
    assert (esme.responses, len(network.phone().messages), len(esme.mail)) == ([], 1, 1)


def test_a_share_of_answers_is_lost(make_network: Any) -> None:
    network = make_network(submit_lost_answers=0.5)
    esme = network.bound()
    for _ in range(20):
        esme.sms()
    assert 5 <= len(esme.responses) <= 15
    assert len(network.phone().messages) == 20


def test_an_answer_after_the_timer_of_the_esme_answers_nothing(make_network: Any) -> None:
    network = make_network(submit_answer_delay=15)
    esme = network.bound().sms()
    assert len(network.phone().messages) == 1
    network.wait(12)
    esme.told += esme.session.tick(network.now)
    network.wait(3)
    assert (esme.responses, [stray.message_id for stray in esme.strays]) == ([], ["1"])


def test_an_answer_twice(make_network: Any) -> None:
    esme = make_network(submit_answer_twice=1).bound().sms()
    assert (ids(esme), [stray.message_id for stray in esme.strays]) == (["1"], ["1"])
    assert len(esme.network.phone().messages) == 1


def test_answers_in_another_order(make_network: Any) -> None:
    esme = make_network(submit_reorder=3).bound()
    for _ in range(3):
        esme.sms()
    assert ids(esme) == ["3", "2", "1"]


def test_too_few_to_turn_round_leave_after_a_second(make_network: Any) -> None:
    network = make_network(submit_reorder=3)
    esme = network.bound().sms().sms()
    assert ids(esme) == []
    network.wait(1)
    assert ids(esme) == ["2", "1"]
    network.change(submit_reorder=0)
    assert ids(esme.sms()) == ["2", "1", "3"]


def test_nothing_leaves_a_connection_that_is_gone(make_network: Any) -> None:
    network = make_network(submit_answer_delay=5)
    esme = network.bound().sms()
    esme.hang_up()
    before = list(esme.pipe.writes)
    network.wait(5)
    assert esme.pipe.writes == before
