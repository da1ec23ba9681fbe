"""Numbers and open requests."""

from __future__ import annotations

from smpp.pdu import DeliverSmResp, EnquireLink, GenericNack, Pdu, SubmitSm, SubmitSmResp
from smpp.session.window import MAX_SEQUENCE, Window


def sent(window: Window, request: Pdu, at: float = 0.0) -> int:
    numbered = window.number(request)
    window.add(numbered, at, 10)
    return numbered.sequence


def test_numbers_rise_by_one_and_go_round() -> None:
    window = Window(10)
    window._last = MAX_SEQUENCE - 1

    assert [sent(window, SubmitSm()) for _ in range(3)] == [MAX_SEQUENCE, 1, 2]


def test_a_number_that_is_still_open_is_left_out() -> None:
    window = Window(10)
    assert sent(window, SubmitSm()) == 1
    window._last = MAX_SEQUENCE

    assert sent(window, SubmitSm()) == 2


def test_only_a_fitting_response_is_taken_and_only_once() -> None:
    window = Window(10)
    sequence = sent(window, SubmitSm())

    assert window.take(DeliverSmResp(sequence=sequence)) is None
    assert window.take(SubmitSmResp(sequence=sequence + 1)) is None
    taken = window.take(SubmitSmResp(sequence=sequence))
    assert taken is not None
    assert taken.request == SubmitSm(sequence=sequence)
    assert window.take(SubmitSmResp(sequence=sequence)) is None


def test_a_generic_nack_answers_anything() -> None:
    window = Window(10)
    assert window.take(GenericNack(sequence=sent(window, SubmitSm()))) is not None


def test_enquire_link_takes_no_place() -> None:
    window = Window(2)
    sent(window, EnquireLink())
    sent(window, SubmitSm())

    assert (window.used, window.free, window.asking) == (1, 1, True)


def test_what_is_too_old_is_removed() -> None:
    window = Window(2)
    sent(window, SubmitSm(), at=0)
    sent(window, SubmitSm(), at=5)

    assert window.next_deadline() == 10
    assert [pending.request.sequence for pending in window.expire(10)] == [1]
    assert (window.used, window.next_deadline()) == (1, 15)
    assert window.unanswered == (SubmitSm(sequence=2),)
