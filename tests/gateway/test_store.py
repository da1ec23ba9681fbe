"""The one door to the database: transactions, tries, threads."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from clinic.errors import SessionFull, StoreBusy
from clinic.rows import reads
from gateway import store as stores
from gateway.store import Store, ThreadedStore, connect, opened


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store on an empty database with one table of numbers."""
    engine = connect(database_url)
    store = Store(engine, tries=3)
    store.run_now(lambda session: session.execute(text("create table n (n integer unique)")) and None)
    yield store
    engine.dispose()


def add(session: Any, n: int) -> int:
    session.execute(text("insert into n values (:n)"), {"n": n})
    return n


@reads
def numbers(session: Any) -> list[int]:
    return list(session.scalars(text("select n from n order by n")))


def test_a_use_case_runs_in_one_transaction(store: Store) -> None:
    def two(session: Any) -> str:
        add(session, 1)
        add(session, 2)
        return "done"

    assert store.run_now(two) == "done"
    assert store.run_now(numbers) == [1, 2]


def test_what_fails_leaves_nothing(store: Store) -> None:
    def half(session: Any) -> None:
        add(session, 1)
        raise SessionFull

    with pytest.raises(SessionFull):
        store.run_now(half)
    with pytest.raises(IntegrityError):
        store.run_now(lambda session: (add(session, 2), add(session, 2)))
    assert store.run_now(numbers) == []


def locked() -> OperationalError:
    return OperationalError("insert", {}, sqlite3.OperationalError("database is locked"))


def test_a_busy_database_gets_another_try(store: Store) -> None:
    tries: list[int] = []

    def third_time_lucky(session: Any) -> int:
        tries.append(add(session, len(tries)))
        if len(tries) < 3:
            raise locked()
        return len(tries)

    assert store.run_now(third_time_lucky) == 3
    assert store.run_now(numbers) == [2]  # each failed try was rolled back


def test_after_all_tries_it_says_that_it_is_busy(store: Store) -> None:
    tries: list[int] = []

    def never(session: Any) -> None:
        tries.append(1)
        raise locked()

    with pytest.raises(StoreBusy) as busy:
        store.run_now(never)
    assert len(tries) == 3
    assert (busy.value.retry, busy.value.tell) == (True, "system.busy")


def test_a_mistake_is_not_tried_again(store: Store) -> None:
    tries: list[int] = []

    def wrong(session: Any) -> None:
        tries.append(1)
        session.execute(text("select nothing from nowhere"))

    with pytest.raises(Exception, match="nowhere"):
        store.run_now(wrong)
    assert len(tries) == 1


def test_many_threads_lose_no_update(store: Store) -> None:
    store.run_now(add, 0)

    def count(session: Any) -> None:
        was = session.scalar(text(f"select n from n{lock}"))
        session.execute(text("update n set n = :n"), {"n": was + 1})

    lock = " for update" if store.engine.dialect.name == "postgresql" else ""
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(store.run_now, count) for _ in range(40)]:
            done.result()
    assert store.run_now(numbers) == [40]


def test_a_deadlock_is_tried_again(postgresql_url: str) -> None:
    engine = connect(postgresql_url)
    store = Store(engine)
    store.run_now(lambda session: session.execute(text("create table m (k integer primary key, v integer)")) and None)
    store.run_now(lambda session: session.execute(text("insert into m values (1, 0), (2, 0)")) and None)
    meet = threading.Barrier(2)
    first_try = {1: True, 2: True}

    def both(session: Any, one: int, other: int) -> None:
        session.execute(text("update m set v = v + 1 where k = :k"), {"k": one})
        if first_try[one]:
            first_try[one] = False
            meet.wait(10)
        session.execute(text("update m set v = v + 1 where k = :k"), {"k": other})

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(store.run_now, both, 1, 2), pool.submit(store.run_now, both, 2, 1)]:
            done.result()
    assert store.run_now(lambda session: list(session.scalars(text("select v from m")))) == [2, 2]
    engine.dispose()


def test_a_connection_that_died_is_replaced(postgresql_url: str) -> None:
    with opened(postgresql_url) as store:

        def cut_off(session: Any) -> str:
            if not cuts:
                cuts.append(1)
                session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
            return str(session.scalar(text("select 'alive'")))

        cuts: list[int] = []
        assert store.run_now(cut_off) == "alive"


def test_a_database_that_is_away_may_come_back(postgresql_url: str) -> None:
    engine = connect(postgresql_url.rpartition(":")[0] + ":1/nobody")
    with pytest.raises(StoreBusy):
        Store(engine, tries=2).run_now(numbers)


def test_sqlite_is_set_up_to_keep_what_it_was_given(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path / 'x.db'}") as store:
        driver: Any = store.engine.raw_connection()  # the tests' own haste (tests/conftest.py) does not touch it
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [driver.execute(f"pragma {name}").fetchone()[0] for name in pragmas]
        driver.close()
    assert found == ["wal", 2, 1, 5000]


def test_on_sqlite_readers_go_on_while_one_writes(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path / 'x.db'}") as store:
        store.run_now(lambda session: session.execute(text("create table n (n integer)")) and None)

        def write(session: Any) -> list[int]:
            add(session, 1)
            with ThreadPoolExecutor(1) as pool:
                return pool.submit(store.run_now, numbers).result(timeout=10)

        assert store.run_now(write) == []
        assert store.run_now(numbers) == [1]


def test_who_told_something_wakes_the_sender_after_the_commit(store: Store) -> None:
    seen: list[list[int]] = []
    store.wakes = {"told": lambda: seen.append(store.run_now(numbers))}

    def tell(session: Any, n: int, *, fails: bool = False) -> None:
        add(session, n)
        session.info["told"] = True
        if fails:
            raise SessionFull

    store.run_now(add, 1)
    assert seen == []
    store.run_now(tell, 2)
    assert seen == [[1, 2]]
    with pytest.raises(SessionFull):
        store.run_now(tell, 3, fails=True)
    assert seen == [[1, 2]]


def test_the_daemon_awaits_and_the_work_is_done_elsewhere(store: Store, mail: Any) -> None:
    threaded = ThreadedStore(store, mail, threads=2)
    threaded.start()
    try:
        assert mail.wait(threaded.run(add, n=7)) == 7
        assert (
            mail.wait(threaded.run(lambda session: threading.current_thread().name)) != threading.current_thread().name
        )
        with pytest.raises(IntegrityError):
            mail.wait(threaded.run(add, n=7))
    finally:
        threaded.stop()
    assert store.run_now(numbers) == [7]


def test_stopping_waits_for_what_has_begun(store: Store, mail: Any) -> None:
    threaded = ThreadedStore(store, mail, threads=2)
    threaded.start()
    begun, go_on = threading.Event(), threading.Event()

    def slow(session: Any) -> int:
        begun.set()
        go_on.wait(10)
        return add(session, 5)

    done = threaded.run(slow)
    begun.wait(10)
    threading.Timer(0.05, go_on.set).start()
    threaded.stop()
    assert store.run_now(numbers) == [5]
    assert mail.wait(done) == 5


def test_only_passing_troubles_are_transient() -> None:
    class Trouble(Exception):
        sqlstate = "40001"

    assert stores._transient(OperationalError("", {}, Trouble()))
    assert not stores._transient(OperationalError("", {}, sqlite3.OperationalError("no such table: x")))
    assert not stores._transient(ValueError("database is locked"))
