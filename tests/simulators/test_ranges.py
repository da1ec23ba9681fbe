"""Parts of a file."""

from __future__ import annotations

import pytest

from simulators.ranges import part

OCTETS = b"0123456789"


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        (None, (200, "", OCTETS)),
        ("bytes=0-", (206, "bytes 0-9/10", OCTETS)),
        ("bytes=2-4", (206, "bytes 2-4/10", b"234")),
        ("bytes=8-99", (206, "bytes 8-9/10", b"89")),
        ("bytes=-3", (206, "bytes 7-9/10", b"789")),
        ("bytes=-99", (206, "bytes 0-9/10", OCTETS)),
        ("bytes=10-", (416, "bytes */10", b"")),
        ("bytes=5-2", (416, "bytes */10", b"")),
        ("bytes=-", (200, "", OCTETS)),
        ("bytes=0-1,3-4", (200, "", OCTETS)),
        ("lines=1-2", (200, "", OCTETS)),
    ],
)
def test_what_is_given(wanted: str | None, answer: tuple[int, str, bytes]) -> None:
    assert part(wanted, OCTETS) == answer
