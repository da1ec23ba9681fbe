"""A stream cut into PDUs, wherever TCP cuts it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp import status
from smpp.codec import HEADER, MAX_LENGTH
from smpp.pdu import PduError
from smpp.session.framing import Framer


def frame(sequence: int, body: bytes = b"") -> bytes:
    return HEADER.pack(16 + len(body), 0x15, 0, sequence) + body


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(st.lists(st.binary(max_size=50), max_size=8), st.lists(st.integers(0, 1000), max_size=20))
def test_any_split_gives_the_same_pdus(bodies: list[bytes], cuts: list[int]) -> None:
    frames = [frame(number, body) for number, body in enumerate(bodies)]
    framer = Framer()

    found = [pdu for piece in pieces(b"".join(frames), cuts) for pdu in framer.feed(piece)]

    assert found == frames


@pytest.mark.parametrize("length", [0, 4, 15, MAX_LENGTH + 1, 0xFFFFFFFF])
def test_an_impossible_length_ends_it_after_the_good_ones(length: int) -> None:
    good = frame(1)
    found = Framer().feed(good + length.to_bytes(4, "big") + bytes(12))

    assert next(found) == good
    with pytest.raises(PduError) as error:
        next(found)
    assert error.value.status == status.ESME_RINVCMDLEN


def test_four_octets_are_enough_to_refuse_a_length() -> None:
    with pytest.raises(PduError):
        list(Framer().feed(b"GET "))


def test_the_longest_pdu_is_taken() -> None:
    data = frame(1, bytes(MAX_LENGTH - 16))
    framer = Framer()

    assert list(framer.feed(data[:-1])) == []
    assert list(framer.feed(data[-1:])) == [data]
