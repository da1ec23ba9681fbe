"""Wrong PDUs, and what an ESME owes to each."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from simulators.junk import JUNK, Junk, Slips
from smpp import status
from smpp.pdu import PduError
from smpp.session import events


def test_every_name_is_a_kind() -> None:
    assert set(get_args(Junk)) == {"none", "mixed", *JUNK}


def heard(network: Any) -> Any:
    esme = network.bound()
    esme.sms(registered_delivery=0)
    return esme


@pytest.mark.parametrize("kind", ["short-length", "huge-length"])
def test_a_length_that_cannot_be_ends_the_session(make_network: Any, kind: str) -> None:
    assert heard(make_network(wire_junk=kind, wire_junk_every=1)).over == ["FRAMING"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("unknown-command", status.ESME_RINVCMDID),
        ("unknown-response", status.ESME_RINVCMDID),
        ("wrong-sm-length", status.ESME_RINVMSGLEN),
        ("trailing-octets", status.ESME_RINVOPTPARSTREAM),
        ("unterminated", status.ESME_RINVSRCADR),
        ("cut-tlv", status.ESME_RINVPARLEN),
    ],
)
def test_what_cannot_be_read_is_answered_and_all_goes_on(make_network: Any, kind: str, code: int) -> None:
    esme = heard(make_network(wire_junk=kind, wire_junk_every=1))
    errors = [event.error for event in esme.told if isinstance(event, events.Malformed)]
    assert [type(error) for error in errors] == [PduError]
    assert errors[0].status == code
    assert (esme.codes, esme.session.bound) == ([0], True)


@pytest.mark.parametrize("kind", ["stray-response", "stray-nack"])
def test_a_response_to_nothing(make_network: Any, kind: str) -> None:
    esme = heard(make_network(wire_junk=kind, wire_junk_every=1))
    assert len(esme.strays) == 1
    assert (esme.codes, esme.session.bound) == ([0], True)


def test_mixed_takes_turns_and_leaves_out_what_ends_the_session() -> None:
    slips = Slips()
    made = [slips.make("mixed") for _ in range(2 * len(JUNK))]
    assert len(set(made)) >= len(JUNK) - 2
    assert all(16 <= int.from_bytes(octets[:4], "big") == len(octets) for octets in made)
    assert slips.make("none") == b""
