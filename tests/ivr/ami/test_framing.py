"""A stream cut into messages, however TCP and Asterisk's versions cut it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.ami.framing import LINES, Framer

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
FOLLOWS = b"Response: Follows\r\nPrivilege: Command\r\nActionID: a\r\n"


def cut(data: bytes, framer: Framer | None = None) -> list[bytes]:
    return (framer or Framer(banner=False)).feed(data)


def in_pieces(data: bytes, cuts: list[int], framer: Framer) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [block for start, end in pairwise(edges) for block in framer.feed(data[start:end])]


@pytest.mark.parametrize(
    "line",
    ["Asterisk Call Manager/1.1", "Asterisk Call Manager/2.10.6", "Asterisk Call Manager/11.0.0",
     "Asterisk Manager Proxy", "Asterisk Call Manager Proxy/1.22b"],
)  # fmt: skip
def test_any_banner(line: str) -> None:
    framer = Framer()
    assert framer.feed(line.encode() + b"\r\nEvent: A\r\n\r\n") == [b"Event: A"]
    assert framer.banner == line


def test_a_banner_octet_by_octet() -> None:
    framer, blocks = Framer(), []
    for octet in BANNER + b"Event: A\r\nB: c\r\n\r\n":
        blocks += framer.feed(bytes([octet]))
    assert (framer.banner, blocks) == ("Asterisk Call Manager/11.0.0", [b"Event: A\r\nB: c"])


def test_a_message_instead_of_a_banner_is_not_lost() -> None:
    framer = Framer()
    assert framer.feed(b"Event: A\r\n\r\n") == [b"Event: A"]
    assert framer.banner == ""


def test_a_banner_without_an_end_is_not_kept() -> None:
    framer = Framer()
    framer.feed(b"x" * 5000)
    assert len(framer.banner or "") == 1024


@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\r\n\n", b"\n\n", b"\n\r\n", b"\r\n\r\n\r\n", b"\r\n\n\r\n\n"])
def test_line_ends(end: bytes) -> None:
    framer = Framer(banner=False)
    data = b"Event: A\r\nB: c" + end + b"Event: D\nE: f" + end
    assert in_pieces(data, list(range(len(data))), framer) == [b"Event: A\r\nB: c", b"Event: D\nE: f"]


def test_a_commands_output_in_the_old_form() -> None:
    output = b"a line\n\nEvent: Spoofed\n\nb\n--END COMMAND--"
    assert cut(FOLLOWS + output + b"\r\n\r\nEvent: A\r\n\r\n") == [FOLLOWS + output, b"Event: A"]


def test_output_that_holds_the_mark_ends_nothing() -> None:
    output = b"--END COMMAND--\n\nEvent: Spoofed\n\n--END COMMAND--"
    assert cut(FOLLOWS + output + b"\r\n\r\n") == [FOLLOWS + output]


def test_the_old_form_with_bare_line_feeds() -> None:
    block = FOLLOWS.replace(b"\r", b"") + b"a\n\nb\n--END COMMAND--"
    assert cut(block + b"\n\nEvent: A\n\n") == [block, b"Event: A"]


def test_the_old_form_with_its_action_id_first() -> None:
    block = b"ActionID: a\r\nResponse: Follows\r\nPrivilege: Command\r\nx\n\ny\n--END COMMAND--"
    assert cut(block + b"\r\n\r\n") == [block]


@pytest.mark.parametrize("finished", [True, False])
def test_a_long_line_costs_its_message_only(finished: bool) -> None:
    framer = Framer(1024, banner=False)
    assert cut(b"Event: A\r\n\r\nEvent: B\r\nEnv: " + b"x" * 1024, framer) == [b"Event: A"]
    rest = b"\r\nC: d" if finished else b""
    assert cut(rest + b"\r\n\r\nEvent: E\r\n\r\n", framer) == [b"Event: E"]
    assert framer.dropped == 1


def test_a_line_may_be_as_long_as_the_bound() -> None:
    framer = Framer(1024, banner=False)
    line = b"Env: " + b"x" * 1019
    assert cut(b"Event: A\r\n" + line + b"\r\n\r\n", framer) == [b"Event: A\r\n" + line]
    assert cut(b"Event: A\r\n" + line + b"x\r\n\r\n", framer) == []
    assert framer.dropped == 1


def test_a_long_line_in_a_commands_output_does_not_let_the_rest_of_it_speak() -> None:
    framer = Framer(1024, banner=False)
    blocks = []
    for piece in (FOLLOWS + b"x" * 2000, b"\n\nEvent: Spoofed\n\n", b"--END COMMAND--\r\n\r", b"\nEvent: A\r\n\r\n"):
        blocks += cut(piece, framer)
    assert blocks == [b"Event: A"]


def test_many_lines_are_bounded_too() -> None:
    framer = Framer(1024, banner=False)
    for _ in range(10 * LINES):
        assert cut(b"Variable: " + b"x" * 500 + b"\r\n", framer) == []
        assert len(framer._rest) <= (LINES + 1) * 1024
    assert cut(b"\r\nEvent: A\r\n\r\n", framer) == [b"Event: A"]
    assert cut((b"Variable: " + b"x" * 500 + b"\r\n") * 100 + b"\r\nEvent: A\r\n\r\n", framer) == [b"Event: A"]
    assert framer.dropped == 2


blocks = st.sampled_from(
    [b"Event: A\r\nB: c", b"Response: Success\r\nActionID: 1", b"Event: \xe7\x8e\x8b\nX:", b"\xff: \xfe",
     b"Event: " + b"x" * 70, FOLLOWS + b"a\n\nb\n--END COMMAND--"]
)  # fmt: skip


@given(st.lists(blocks, max_size=8), st.lists(st.integers(0, 2000), max_size=20))
def test_any_cut_gives_the_same_messages(sent: list[bytes], cuts: list[int]) -> None:
    framer = Framer(1024)
    assert in_pieces(BANNER + b"".join(block + b"\r\n\r\n" for block in sent), cuts, framer) == sent


@given(st.lists(st.binary(max_size=200), max_size=8), st.booleans())
def test_after_any_octets_the_next_message_but_one_is_read(pieces: list[bytes], banner: bool) -> None:
    framer = Framer(64, banner=banner)
    for piece in pieces:
        framer.feed(piece)
        assert len(framer._rest) <= LINES * 64 + 1024 + 200
    framer.feed(b"\r\n\r\n--END COMMAND--\r\n\r\n--END COMMAND--\n\n")
    assert framer.feed(b"Event: A\r\n\r\n") == [b"Event: A"]
