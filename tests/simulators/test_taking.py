"""submit_multi: one message for several, one id, and who was refused."""

from __future__ import annotations

from typing import Any

from smpp import receipts, status
from smpp.pdu import Address, DistributionList, SubmitMulti, Unsuccessful

SERVICE = Address("12580120")


def multi(*destinations: Address | DistributionList, **fields: Any) -> SubmitMulti:
    text = {"short_message": b"hello", "registered_delivery": 1, **fields}
    return SubmitMulti(source=SERVICE, destinations=destinations, **text)


def test_each_gets_it_and_all_receipts_have_the_one_id(network: Any) -> None:
    esme = network.bound().send(multi(Address("8615400000001", 1, 1), Address("8615400000002", 1, 1)))
    (response,) = esme.responses
    assert (response.name, response.message_id, response.unsuccess_sme) == ("submit_multi_resp", "1", ())
    assert [len(network.phone(number).messages) for number in ("15400000001", "15400000002")] == [1, 1]
    read = [receipts.read(pdu) for pdu in esme.mail]
    assert [one.message_id for one in read if one] == ["1", "1"]
    assert {pdu.source.number for pdu in esme.mail} == {"8615400000001", "8615400000002"}


def test_who_is_refused_is_named(network: Any) -> None:
    esme = network.bound().send(multi(Address("8615400000001", 1, 1), Address("none"), DistributionList("nurses")))
    assert esme.responses[0].unsuccess_sme == (
        Unsuccessful(Address("none"), status.ESME_RINVDSTADR),
        Unsuccessful(Address("nurses"), status.ESME_RINVDLNAME),
    )
    assert len(network.phone().messages) == 1


def test_nobody_is_left(network: Any) -> None:
    assert network.bound().send(multi(Address("none"))).codes == [status.ESME_RINVDSTADR]


def test_conditions_count_for_it_too(make_network: Any) -> None:
    esme = make_network(submit_throttle=1, submit_lost_answers=0).bound()
    for _ in range(2):
        esme.send(multi(Address("8615400000001")))
    assert esme.codes == [0, status.ESME_RTHROTTLED]
