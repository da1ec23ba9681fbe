"""USSD late or never."""

from __future__ import annotations

from typing import Any

from smpp import ussd

NUMBER = "15400000001"


def ops(esme: Any) -> list[str]:
    return [read.op for pdu in esme.mail if (read := ussd.read(pdu))]


def test_a_code_and_an_answer_come_late(make_network: Any) -> None:
    network = make_network(ussd_latency=3)
    esme = network.bound()
    network.smsc.dialogues.dial(NUMBER, "*120#")
    network.wait(2)
    assert ops(esme) == []
    network.wait(1)
    assert ops(esme) == ["begin"]


def test_too_late_for_a_bind_that_is_gone(make_network: Any) -> None:
    network = make_network(ussd_latency=3)
    esme = network.bound()
    network.smsc.dialogues.dial(NUMBER, "*120#")
    esme.hang_up()
    network.wait(3)
    assert network.phone().ussd.ending == "broken"


def test_the_end_is_told_late(make_network: Any) -> None:
    network = make_network(ussd_release_delay=10)
    esme = network.bound()
    network.smsc.dialogues.dial(NUMBER, "*120#")
    network.smsc.dialogues.cancel(NUMBER)
    network.wait(9)
    assert ops(esme) == ["begin"]
    network.wait(1)
    assert ops(esme) == ["begin", "release"]


def test_the_end_is_never_told(make_network: Any) -> None:
    network = make_network(ussd_no_release=True)
    esme = network.bound()
    network.smsc.dialogues.dial(NUMBER, "*120#")
    network.wait(31)  # the network's patience with the application
    assert network.phone().ussd.ending == "timeout"
    network.wait(600)
    assert ops(esme) == ["begin"]
    assert len(network.smsc.dialogues) == 0


def test_a_text_for_a_session_that_is_over(make_network: Any) -> None:
    network = make_network(ussd_late_text="0x0401")
    esme = network.bound()
    network.smsc.dialogues.dial(NUMBER, "*120#")
    network.flow()
    begin = ussd.read(esme.mail[0])
    network.smsc.dialogues.cancel(NUMBER)
    assert esme.send(ussd.reply(begin, "1 Book", end=False)).codes == [0x0401]
