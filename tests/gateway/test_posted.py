"""The log of what was posted: what a killed process has left in it, and when it counts for nothing."""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path

import pytest

from clinic.outbox import SentPart, Trace
from gateway.posted import PostedLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "posted-8080.log"


def begun(path: Path, *, most: int = 2**20) -> PostedLog:
    log = PostedLog(path, boot=lambda: "this", most=most)
    log.begin()
    return log


def left(path: Path, boot: str = "this") -> dict[int, Trace] | None:
    """What the next process reads."""
    return PostedLog(path, boot=lambda: boot).read()


def test_it_tells_what_was_posted_and_what_was_answered(path: Path) -> None:
    log = begun(path)
    log.posted(1, 1, 2, "main")
    log.posted(2, 1, 1, "main")
    log.posted(3, 1, 1, "main")
    log.flush()
    log.answered(1, SentPart(1, "main", "a1"))
    log.refused(2, 1)
    log.posted(1, 2, 2, "main")
    log.flush()
    assert left(path) == {
        1: Trace(2, (SentPart(1, "main", "a1"),), frozenset({2})),
        2: Trace(1),
        3: Trace(1, (), frozenset({1})),
    }


def test_what_is_not_flushed_is_not_there(path: Path) -> None:
    log = begun(path)
    log.posted(1, 1, 1, "main")
    assert left(path) == {}


def test_what_is_noted_together_is_one_write(path: Path) -> None:
    written: list[bytes] = []

    def write(file: int, octets: bytes) -> int:
        written.append(octets)
        return os.write(file, octets)

    log = PostedLog(path, boot=lambda: "this", write=write)
    log.begin()
    for message in range(100):
        log.posted(message, 1, 1, "main")
    log.flush()
    log.flush()
    assert len(written) == 2  # its head, and these
    assert path.read_bytes() == b"".join(written)


def test_a_write_that_takes_only_a_part_is_gone_on_with(path: Path) -> None:
    log = PostedLog(path, boot=lambda: "this", write=lambda file, octets: os.write(file, octets[:3]))
    log.begin()
    log.posted(1, 1, 1, "main")
    log.flush()
    assert left(path) == {1: Trace(1, (), frozenset({1}))}


def test_what_is_tried_again_begins_another_story(path: Path) -> None:
    log = begun(path)
    log.posted(1, 1, 1, "main")
    log.settled(1, again=True)
    log.settled(2, again=True)
    log.flush()
    assert left(path) == {}


def test_a_torn_end_is_left_out(path: Path) -> None:
    log = begun(path)
    log.posted(1, 1, 1, "main")
    log.flush()
    first = path.stat().st_size
    log.posted(2, 1, 1, "main")
    log.flush()
    whole = path.read_bytes()
    for end in range(first, len(whole)):
        path.write_bytes(whole[:end])
        assert left(path) == {1: Trace(1, (), frozenset({1}))}


@pytest.mark.parametrize("octets", [b"", b"\0\0", b"\0\0\0\1\xc1", b"\0\0\0\1\x90", b"\0\0\0\2\x91\1", b"no log" * 9])
def test_what_has_no_head_tells_nothing(path: Path, octets: bytes) -> None:
    path.write_bytes(octets)
    assert left(path) is None


def test_a_record_that_is_none_makes_all_of_it_doubtful(path: Path) -> None:
    begun(path).flush()
    with path.open("ab") as file:
        file.write(b"\0\0\0\3\x92\xa1p")  # too short for what it says
        file.write(b"\0\0\0\1\1")
    assert left(path) is None


def test_a_log_of_another_boot_tells_nothing(path: Path) -> None:
    begun(path)
    assert left(path) == {}
    assert left(path, boot="another") is None


def test_no_file_tells_nothing(path: Path) -> None:
    assert left(path) is None
    assert PostedLog(None).read() is None


def test_the_kernel_tells_the_boot(path: Path) -> None:
    PostedLog(path).begin()
    assert PostedLog(path).read() == {}


def test_a_large_one_is_begun_anew_with_what_is_not_settled(path: Path) -> None:
    log = begun(path, most=2_000)
    log.posted(7, 1, 2, "main")
    log.answered(7, SentPart(1, "main", "a7"))
    sizes = []
    for message in range(100, 1_000):
        log.posted(message, 1, 1, "main")
        log.flush()
        log.answered(message, SentPart(1, "main", "x"))
        log.settled(message, again=False)
        sizes.append(path.stat().st_size)
    assert max(sizes) < 2_500
    traces = left(path)
    assert traces is not None
    assert traces[7] == Trace(2, (SentPart(1, "main", "a7"),))
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_start_begins_it_anew(path: Path) -> None:
    log = begun(path)
    log.posted(1, 1, 1, "main")
    log.flush()
    begun(path)
    assert left(path) == {}


def test_at_a_full_disk_it_goes_on_without_and_says_so_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    room = [1_000]

    def write(file: int, octets: bytes) -> int:
        room[0] -= len(octets)
        if room[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.write(file, octets)

    log = PostedLog(path, boot=lambda: "this", write=write)
    log.begin()
    with caplog.at_level(logging.ERROR):
        for message in range(1_000):
            log.posted(message, 1, 1, "main")
            log.flush()
        log.end()
    assert [record.getMessage() for record in caplog.records] == [
        "no log of what is posted is kept, until the next start: [Errno 28] No space left on device"
    ]
    assert left(path) is None  # what it had told was not all


def test_where_it_cannot_be_begun_an_old_one_counts_no_more(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    begun(path)

    def write(_file: int, _octets: bytes) -> int:
        raise OSError(errno.EDQUOT, "quota")

    log = PostedLog(path, boot=lambda: "this", write=write)
    log.begin()
    log.posted(1, 1, 1, "main")
    log.flush()
    assert left(path) is None
    assert len(caplog.records) == 1


def test_a_folder_that_is_not_there_is_no_reason_to_stop(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    log = PostedLog(tmp_path / "none" / "posted.log")
    log.begin()
    log.posted(1, 1, 1, "main")
    log.flush()
    log.end()
    assert len(caplog.records) == 1


def test_a_clean_end_leaves_nothing_but_what_is_unsettled(path: Path) -> None:
    log = begun(path)
    log.posted(1, 1, 1, "main")
    log.end()
    assert left(path) == {1: Trace(1, (), frozenset({1}))}
    log = begun(path)
    log.posted(1, 1, 1, "main")
    log.settled(1, again=False)
    log.end()
    assert not path.exists()
