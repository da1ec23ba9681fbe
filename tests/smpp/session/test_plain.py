"""Plain answers to what was posted, many at a time: the same as one at a time by the codec, whatever comes between."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from smpp.codec import HEADER, encode
from smpp.pdu import (
    BindTransceiver,
    BindTransceiverResp,
    DeliverSm,
    EnquireLink,
    GenericNack,
    QuerySmResp,
    SubmitSm,
    SubmitSmResp,
    Unbind,
)
from smpp.session import Options, Role, Session, State
from smpp.session.events import Event, PostAnswered, PostsTaken, PostTimedOut, Revived, Stray
from smpp.session.posted import Posted

OCTETS = encode(SubmitSm(short_message=b"hello"))
ANSWER = SubmitSmResp.command_id
POSTED = 6


class Query(Posted):
    response = QuerySmResp


def session(*, window: int = 10, **options: Any) -> Session:
    made = Session(Role.ESME, Options(window=window, **options), 0)
    made.send(BindTransceiver(system_id="clinic"), 0)
    made.receive(encode(BindTransceiverResp(sequence=1)), 0)
    assert made.state is State.BOUND_TRX
    made.data_to_send()
    return made


def answer(sequence: int, body: bytes = b"id\0", *, command_id: int = ANSWER, command_status: int = 0) -> bytes:
    return HEADER.pack(16 + len(body), command_id, command_status, sequence) + body


def flat(events: list[Event]) -> list[Any]:
    """Plain answers as they would be told one by one."""
    told: list[Any] = []
    for event in events:
        if isinstance(event, PostsTaken):
            told += [
                PostAnswered(request, SubmitSmResp(sequence=request.sequence, message_id=message_id))
                for request, message_id in event.answers
            ]
        else:
            told.append(event)
    return told


def shown(event: Any, posted: list[Posted]) -> Any:
    """A posted request by its place, so that two sessions compare; an error by its words."""
    if isinstance(event, (PostAnswered, PostTimedOut)):
        return type(event), posted.index(event.request), getattr(event, "response", None)
    if hasattr(event, "posted"):
        return event.reason, event.unanswered, [posted.index(one) for one in event.posted]
    return str(event.error) if hasattr(event, "error") else event


def test_they_come_as_one_event_in_their_order() -> None:
    esme = session()
    posted = [Posted(OCTETS) for _ in range(3)]
    esme.post(posted, 0)

    events = esme.receive(answer(3, b"b\0") + answer(2, b"\xe9\0") + answer(4, b"\0"), 1)

    assert events == [PostsTaken([(posted[1], "b"), (posted[0], "\xe9"), (posted[2], "")])]
    assert (esme.window_used, esme.next_deadline()) == (0, 31)
    assert esme.round_trip == 1


def test_what_is_not_plain_comes_by_itself_between_them() -> None:
    esme = session()
    posted = [Posted(OCTETS) for _ in range(4)]
    esme.post(posted, 0)

    events = esme.receive(
        answer(2) + answer(2) + answer(3, b"", command_status=8) + answer(4) + encode(GenericNack(sequence=5)), 1
    )

    assert [type(event) for event in events] == [PostsTaken, Stray, PostAnswered, PostsTaken, PostAnswered]


def test_the_first_sign_of_life_is_told_before_them() -> None:
    esme = session(response_timeout=5)
    late, other, third = (Posted(OCTETS) for _ in range(3))
    esme.post([late], 0)
    esme.post([other, third], 1)
    esme.tick(5)
    assert esme.doubtful

    events = flat(esme.receive(answer(3) + answer(2) + answer(4), 5.5))

    assert [type(event) for event in events] == [Revived, PostAnswered, Stray, PostAnswered]
    assert not esme.doubtful


def test_the_last_of_them_ends_a_session_that_finishes() -> None:
    esme = session()
    esme.post([Posted(OCTETS) for _ in range(2)], 0)
    esme.close(0)
    esme.data_to_send()
    esme.receive(answer(2) + answer(3) + answer(3), 1)
    assert (esme.state, esme.data_to_send()) == (State.UNBINDING, encode(Unbind(sequence=4)))


SEQUENCES = st.integers(1, POSTED + 3)
BODIES = st.sampled_from(
    [
        *(b"id\0", b"\0", b"", b"no end", b"\xff\0", b"x" * 64 + b"\0", b"x" * 65 + b"\0", b"a\0b\0", b"a\0\0\0"),
        *(b"a\0\x04\x27\0\x01", b"a\0\x04\x27\0\x01\x02"),  # a TLV, cut and whole
    ]
)
PIECES = st.one_of(
    st.builds(answer, SEQUENCES),
    st.builds(answer, SEQUENCES, BODIES),
    st.builds(answer, SEQUENCES, BODIES, command_status=st.sampled_from([0, 8, 0x58])),
    st.builds(answer, SEQUENCES, BODIES, command_id=st.sampled_from([QuerySmResp.command_id, 0x80000005, 0x80000099])),
    st.sampled_from(
        [
            encode(EnquireLink(sequence=9)),
            encode(DeliverSm(sequence=9, short_message=b"hi")),
            encode(Unbind(sequence=9)),
            encode(GenericNack(sequence=2)),
            HEADER.pack(15, ANSWER, 0, 2),
            HEADER.pack(16, ANSWER, 0, 3),
            HEADER.pack(2**31, ANSWER, 0, 4),
        ]
    ),
)


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=12), st.lists(st.integers(0, 400), max_size=6), st.booleans(), st.booleans())
def test_they_are_taken_as_the_codec_takes_them(
    stream: list[bytes], cuts: list[int], closing: bool, silent: bool
) -> None:
    data = b"".join(stream)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    outcomes = []
    for watched in (True, False):
        esme = session()
        posted: list[Posted] = [*(Posted(OCTETS) for _ in range(POSTED - 1)), Query(OCTETS)]
        esme.post(posted[:1], 0)
        esme.post(posted[1:], 2)
        told = esme.tick(10) if silent else []
        if closing:
            told += esme.close(10)
        if watched:  # then each PDU goes through the codec
            esme.tap = lambda _sent, _octets: None
        for start, end in pairwise(edges):
            told += flat(esme.receive(data[start:end], 11))
        state = esme.state, esme.window_used, esme.next_deadline(), esme.doubtful, esme.data_to_send()
        told += flat(esme.tick(30))
        outcomes.append(([shown(event, posted) for event in told], state, esme.state))
    assert outcomes[0] == outcomes[1]
