"""A thousand residents want the forty places of one session, at the same moment, in several processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

from sqlalchemy import func, select

from clinic.errors import NotPossible
from clinic.tables import ClinicSession, Message, Resident, Visit, Voucher

ROOT = Path(__file__).parents[2]
PROCESSES, THREADS, RESIDENTS, PLACES = 4, 8, 1000, 40
Process = subprocess.Popen[str]


def start(store: Any, first: int, last: int) -> Process:
    """A process that waits for the signal to begin."""
    url = store.engine.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, Path(__file__).with_name("rush.py"), url, str(first), str(last), str(THREADS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def rush(store: Any, residents: int, processes: int = PROCESSES) -> list[Process]:
    """The processes, each with its share of the residents, all let go at once."""
    share = residents // processes
    started = [start(store, first, first + share) for first in range(0, residents, share)]
    for process in started:
        assert line_of(process) == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return started


def line_of(process: Process) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def outcomes(processes: list[Process]) -> Counter[str]:
    """What the processes met, together."""
    met: Counter[str] = Counter()
    for process in processes:
        met.update(process.communicate(timeout=60)[0].split())
        assert process.returncode == 0
    return met


def check_books(store: Any) -> int:
    """Places, visits, T-codes and SMS tell the same story; how many there are."""

    def books(session: Any) -> tuple[Any, ...]:
        places = select(ClinicSession.taken, ClinicSession.last_number).where(ClinicSession.id == 1)
        taken, last = session.execute(places).one()
        queue = sorted(session.scalars(select(Visit.queue)))
        counts = [session.scalar(select(func.count()).select_from(table)) for table in (Voucher, Message, Resident)]
        return taken, last, queue, counts

    taken, last, queue, counts = store.run_now(books)
    assert queue == list(range(1, len(queue) + 1))
    assert taken == last == len(queue)
    assert counts == [len(queue)] * 3
    return taken


def test_forty_places_are_given_to_forty_of_a_thousand(store: Any) -> None:
    assert outcomes(rush(store, RESIDENTS)) == {"booked": PLACES, "SessionFull": RESIDENTS - PLACES}
    assert check_books(store) == PLACES


def test_who_was_killed_in_the_middle_comes_back_and_fills_the_session(store: Any, clinic: Any) -> None:
    clinic.change(1, capacity=60)
    killed = rush(store, 100, processes=2)
    assert [line_of(killed[0]) for _ in range(3)] == ["booked\n"] * 3
    for process in killed:
        process.kill()
    for process in killed:
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
    assert 0 < check_books(store) < 60
    # The same residents once more: who had a visit gets the same one again.
    assert outcomes(rush(store, 100, processes=2)) == {"booked": 60, "SessionFull": 40}
    assert check_books(store) == 60


def test_one_occasion_repeated_at_the_same_moment_is_one_visit(clinic: Any) -> None:
    together = Barrier(8)

    def book(_: int) -> Any:
        together.wait()
        return clinic.book(occasion="talk:7")

    with ThreadPoolExecutor(8) as pool:
        visits = set(pool.map(book, range(8)))
    assert len(visits) == 1
    assert clinic.places() == (1, 1)
    assert len(clinic.texts()) == 1


def test_one_person_from_eight_phones_at_the_same_moment_has_one_visit(clinic: Any) -> None:
    together = Barrier(8)

    def book(n: int) -> str:
        together.wait()
        try:
            clinic.book(1 + n % 2, phone=f"+8615400000{n:03d}", occasion=f"phone:{n}")
        except NotPossible:
            return "refused"
        return "booked"

    with ThreadPoolExecutor(8) as pool:
        assert Counter(pool.map(book, range(8))) == {"booked": 1, "refused": 7}
    assert sorted([clinic.places(1), clinic.places(2)]) == [(0, 0), (1, 1)]
    assert len(clinic.rows(Resident.id)) == len(clinic.rows(Visit.id)) == 1
