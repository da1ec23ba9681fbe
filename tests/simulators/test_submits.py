"""Submits on their way in."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.submits import Throttle
from smpp import status


def test_a_throttle_looks_back_one_second() -> None:
    throttle = Throttle()
    assert [throttle.admits(2, now) for now in (0, 0.5, 0.9)] == [True, True, False]
    assert [throttle.admits(2, now) for now in (1.0, 1.1, 1.5)] == [True, False, True]
    assert throttle.admits(0, 1.5)


@pytest.mark.parametrize("code", [status.ESME_RTHROTTLED, status.ESME_RMSGQFUL, 0x0401])
def test_too_many_a_second_get_a_status(make_network: Any, code: int) -> None:
    network = make_network(submit_throttle=2, submit_throttle_reaction=code)
    esme = network.bound().sms().sms().sms()
    assert esme.codes == [0, 0, code]
    network.wait(1)
    assert esme.sms().codes[-1] == 0


def test_or_the_connection_is_closed(make_network: Any) -> None:
    network = make_network(submit_throttle=1, submit_throttle_reaction="close")
    esme = network.bound().sms().sms()
    assert (esme.codes, esme.pipe.how) == ([0], "fin")


def test_or_nothing_is_read_until_there_is_room(make_network: Any) -> None:
    network = make_network(submit_throttle=1, submit_throttle_reaction="wait")
    esme = network.bound().sms().sms()
    assert (esme.codes, esme.pipe.producerState) == ([0], "paused")
    network.wait(1)
    assert (esme.codes, esme.pipe.producerState) == ([0, 0], "producing")


def test_a_window_that_is_exceeded(make_network: Any) -> None:
    network = make_network(submit_window=2, submit_latency=1)
    esme = network.bound().sms().sms().sms()
    assert esme.codes == [status.ESME_RMSGQFUL]
    network.wait(1)
    assert sorted(esme.codes) == [0, 0, status.ESME_RMSGQFUL]
    network.change(submit_window_reaction="close")
    esme.sms().sms().sms()
    assert esme.pipe.closed


def test_a_share_refused_with_a_chosen_status(make_network: Any) -> None:
    network = make_network(submit_refuse=1)
    esme = network.bound().sms()
    network.change(submit_refuse_with="ESME_RINVDSTADR")
    esme.sms()
    network.change(submit_refuse=0)
    assert esme.sms().codes == [status.ESME_RSYSERR, status.ESME_RINVDSTADR, 0]


def test_an_answer_by_generic_nack(make_network: Any) -> None:
    esme = make_network(submit_nack=1, submit_refuse_with="RTHROTTLED").bound().sms()
    assert [(one.name, one.status) for one in esme.responses] == [("generic_nack", status.ESME_RTHROTTLED)]
    assert len(esme.network.phone().messages) == 0


def test_latency_delays_work_and_answer(make_network: Any) -> None:
    network = make_network(submit_latency=2)
    esme = network.bound().sms()
    network.wait(1.9)
    assert (esme.responses, len(network.phone().messages)) == ([], 0)
    network.wait(0.1)
    assert (esme.codes, len(network.phone().messages)) == ([0], 1)
