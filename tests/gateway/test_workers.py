"""Use cases in processes of their own: what goes there, what comes back, and what is left when one of them dies."""

from __future__ import annotations

import datetime as dt
import importlib
import os
import pickle
import pkgutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

import clinic
from clinic.audience.expressions import BadExpression
from clinic.audience.numbers import BadList
from clinic.broadcasts.errors import BadDraft, NoSuchBroadcast
from clinic.children.fhir import BadFiles
from clinic.errors import Blocked, ClinicError, SessionFull, StoreBusy, TooManyVisits
from clinic.hospital.issues import Issue, Rejected
from clinic.identity import IdentityLength
from clinic.imports import BadFile
from clinic.money.insurance import NotSwappable
from clinic.passcodes import WrongCode
from clinic.vaccines.contraindications import NotContraindicated
from conf.texts.words import Name
from gateway import store as stores
from gateway.config import LogSettings
from gateway.store import Store, ThreadedStore, connect
from gateway.worker import outcome
from gateway.workers import Worker, WorkerLost, Workers
from tests.gateway.use_cases import (
    Asked,
    add,
    dies,
    echoes,
    fails,
    fails_in_sql,
    fails_with_a_lock,
    fails_with_another_within,
    gives_what_cannot_be_sent,
    marked,
    numbers,
    pid,
    waits,
)

SECONDS = 60


class House:
    """A store, and workers that run its use cases."""

    def __init__(self, url: str, many: int = 1, tries: int = 3) -> None:
        self.url = url
        self.store = Store(connect(url), tries=tries)
        self.workers = Workers(url, many, LogSettings(), self.store.transact)

    def empty(self) -> None:
        self.store.wakes = {}
        with self.store.engine.begin() as connection:
            connection.execute(text("drop table if exists n"))
            connection.execute(text("create table n (n integer unique)"))

    def run(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return self.store.run_by(self.workers.transact, fn, *args, **kwargs)

    def numbers(self) -> list[int]:
        """As this process sees them."""
        return sorted(self.store.run_now(numbers))


@contextmanager
def opened(url: str, many: int = 1) -> Iterator[House]:
    house = House(url, many)
    house.empty()
    house.workers.start()
    try:
        yield house
    finally:
        house.workers.stop()
        house.store.engine.dispose()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kept_house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One worker for all tests in turn: to start one takes a second."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('workers') / 'caredial.db'}"
        with opened(url) as house:
            yield house
        return
    server = request.getfixturevalue("postgresql_server")
    name = f"workers_{os.getpid()}"
    with psycopg.connect(server.replace("+psycopg", "") + "/postgres", autocommit=True) as admin:
        admin.execute(f"create database {name}")
        try:
            with opened(f"{server}/{name}") as house:
                yield house
        finally:
            admin.execute(f"drop database {name} with (force)")


@pytest.fixture
def house(kept_house: House) -> House:
    kept_house.empty()
    return kept_house


@pytest.fixture
def own(database_url: str) -> Iterator[House]:
    """For tests that kill: a worker of their own."""
    with opened(database_url) as house:
        yield house


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'caredial.db'}"


def until(happened: Callable[[], Any]) -> Any:
    """What it gives as soon as that is true."""
    end = time.monotonic() + SECONDS
    while not (found := happened()):
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.01)
    return found


def lives(process: int) -> bool:
    """Also as a zombie."""
    return Path(f"/proc/{process}").exists()


def begun(folder: Path) -> int:
    """The pid of the worker that is amid `waits`."""
    return int(until(lambda: (folder / "begun").exists() and (folder / "begun").read_text()))


# What is done there, and what comes back.


def test_a_use_case_is_done_in_another_process_and_its_result_comes_back(house: House) -> None:
    there = house.run(pid)
    assert there != os.getpid()
    assert house.run(pid) == there  # it goes on
    assert house.run(add, n=7) == 7
    assert house.numbers() == house.run(numbers) == [7]


def test_what_cannot_be_sent_is_done_here(house: House) -> None:
    given: list[int] = []

    def closure(session: Any) -> int:
        given.append(add(session, 3))
        return os.getpid()

    assert house.run(closure) == os.getpid()
    assert (given, house.numbers()) == ([3], [3])
    lock = threading.Lock()
    assert house.run(lambda session, held: held, lock) is lock


def test_marks_come_back_and_wake_after_the_commit(house: House) -> None:
    seen: list[tuple[str, list[int]]] = []
    house.store.wakes = {
        "told": lambda: seen.append(("told", house.numbers())),
        "pays": lambda: seen.append(("pays", house.numbers())),
    }
    house.run(marked, 1)
    assert seen == []
    house.run(marked, 2, "told")
    assert seen == [("told", [1, 2])]
    house.run(marked, 3, "told", "pays", "noted")  # nobody asked to be woken by the last
    assert sorted(seen[1:]) == [("pays", [1, 2, 3]), ("told", [1, 2, 3])]
    with pytest.raises(SessionFull):
        house.run(marked, 4, "told", error=SessionFull())
    assert (len(seen), house.numbers()) == (3, [1, 2, 3])


def test_a_mark_does_not_stay_for_the_next(house: House) -> None:
    woken: list[str] = []
    house.store.wakes = {"noted": lambda: woken.append("noted")}
    house.run(marked, 1, "noted")
    house.run(marked, 2)
    assert woken == ["noted"]


def test_what_cannot_come_back_was_not_done(house: House) -> None:
    with pytest.raises(TypeError, match="lock"):
        house.run(gives_what_cannot_be_sent)
    assert house.numbers() == []


# Errors.


def errors() -> list[type[Exception]]:
    """All that the domain has."""
    for module in pkgutil.walk_packages(clinic.__path__, "clinic."):
        if not module.name.startswith("clinic.migrations"):  # Alembic runs those
            importlib.import_module(module.name)

    def below(kind: type[Exception]) -> Iterator[type[Exception]]:
        for found in kind.__subclasses__():
            yield found
            yield from below(found)

    found = {kind for kind in below(Exception) if kind.__module__.split(".")[0] == "clinic"}
    return sorted(found, key=lambda kind: (kind.__module__, kind.__name__))


SAMPLES: list[Exception] = [
    TooManyVisits("phone_day", 3),
    Blocked(dt.date(2026, 3, 9)),
    IdentityLength(17),
    WrongCode(2),
    NotSwappable("visit 7 is not booked"),
    NotContraindicated(Name("麻疹", "measles"), Name("过敏", "allergy")),
    BadDraft(["no text", "no audience"]),
    BadList(["line 3: no number"]),
    BadExpression("age > ", 6, "no number", within="rule"),
    BadFile(["line 2: no name"]),
    BadFiles(["a.json: not JSON"]),
    NoSuchBroadcast(9),
    Rejected(409, Issue("conflict", "somebody else put it", "Slot"), Issue("value", "no day", "Slot.start")),
]
"""Of those that are not made of what they say."""


def sent(error: Exception) -> Any:
    """The error, as it comes out of a worker in whose transaction it was raised."""

    def raising(*_: object) -> Any:
        raise error

    done, came = pickle.loads(outcome(raising, pickle.dumps((pid, (), {}))))
    assert done is False
    return came


def shown(error: Any) -> dict[str, Any]:
    """All that anybody asks of it."""
    told = {name: getattr(error, name) for name in ("tell", "retry", "words") if isinstance(error, ClinicError)}
    values = {name: value for name, value in vars(error).items() if name != "__notes__"}
    return {"type": type(error), "args": error.args, "str": str(error), "values": values, **told}


def takes_what_it_is_given(kind: type[Exception]) -> bool:
    return not any("__init__" in vars(base) for base in kind.__mro__ if base.__module__ != "builtins")


def test_every_error_of_the_domain_comes_back_as_it_was() -> None:
    kinds = errors()
    assert len(kinds) > 60
    for kind in kinds:
        error = kind("visit", 7) if takes_what_it_is_given(kind) else kind.__new__(kind, "visit", 7)
        error.args = ("visit", 7)
        vars(error).update(tell=f"told.{kind.__name__}", most=3, last=dt.date(2026, 3, 9), count=17, left=2)
        for value in ("limit", "name", "why", "said", "mistakes", "broadcast", "status", "issues"):
            vars(error)[value] = f"made up: {value}"
        assert shown(sent(error)) == shown(error)


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_errors_that_are_not_made_of_what_they_say_come_back_as_they_were(error: Exception) -> None:
    assert shown(sent(error)) == shown(error)


def test_a_refusal_may_also_be_given_back(house: House) -> None:
    """As `clinic.passcodes.check` does."""
    came = house.run(echoes, WrongCode(2))
    assert (type(came), came.words, came.tell) == (WrongCode, {"left": 2}, "passcode.wrong")


def test_no_such_error_is_forgotten_here() -> None:
    special = {kind.__name__ for kind in errors() if not takes_what_it_is_given(kind)}
    assert special == {type(error).__name__ for error in SAMPLES}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (FileNotFoundError, (2, "no such file", "/nowhere/a.csv")),
        (UnicodeDecodeError, ("utf-8", b"\xff", 0, 1, "invalid start byte")),
        (KeyError, ("a",)),
    ],
)
def test_errors_of_python_come_back_with_all_their_words(kind: Any, given: tuple[Any, ...]) -> None:
    assert str(sent(kind(*given))) == str(kind(*given))


def test_a_refusal_comes_back_as_itself_with_its_words(house: House) -> None:
    with pytest.raises(TooManyVisits) as caught:
        house.run(fails, TooManyVisits, "phone_day", 3)
    assert (caught.value.tell, caught.value.words) == ("limit.phone_day", {"most": 3})
    with pytest.raises(Blocked) as blocked:
        house.run(fails, Blocked, dt.date(2026, 3, 9))
    assert blocked.value.words == {"last": dt.date(2026, 3, 9)}
    assert not hasattr(blocked.value, "__notes__")
    assert house.numbers() == []


def test_an_error_tells_where_in_the_worker_it_was(house: House) -> None:
    with pytest.raises(ZeroDivisionError, match="of nothing") as caught:
        house.run(fails, ZeroDivisionError, "of nothing")
    (note,) = caught.value.__notes__
    assert note.startswith("In a worker:\n")
    assert "use_cases.py" in note
    assert "in fails" in note


@pytest.mark.parametrize("use_case", [fails_with_a_lock, fails_with_another_within])
def test_an_error_that_cannot_be_sent_comes_back_as_its_text(house: House, use_case: Any) -> None:
    with pytest.raises(RuntimeError) as caught:
        house.run(use_case)
    assert str(caught.value) == "ValueError: no such thing"
    assert f"in {use_case.__name__}" in caught.value.__notes__[0]
    assert house.run(pid) != os.getpid()  # and the worker goes on
    assert house.numbers() == []


def test_an_error_that_makes_its_words_itself_is_not_made_twice(house: House) -> None:
    with pytest.raises(Asked, match=r"^tea of the doctor"):
        house.run(fails, Asked, "tea", "the doctor")


def test_what_the_database_refuses_is_no_passing_trouble(house: House) -> None:
    with pytest.raises(IntegrityError) as twice:
        house.run(fails_in_sql, "insert into n values (1)")
    assert "unique" in str(twice.value.orig).lower()
    assert not stores._transient(twice.value)
    with pytest.raises(DBAPIError, match="nowhere") as missing:
        house.run(fails_in_sql, "select nothing from nowhere")
    assert not stores._transient(missing.value)


def test_a_lock_is_a_passing_trouble_also_from_a_worker() -> None:
    locked = OperationalError("insert", {}, sqlite3.OperationalError("database is locked"))
    assert stores._transient(sent(locked))
    assert not stores._transient(sent(OperationalError("", {}, sqlite3.OperationalError("no such table: x"))))
    for state in sorted(stores.TRANSIENT):
        kind = psycopg.errors.lookup(state)
        came = sent(OperationalError("insert", {}, kind("not now")))
        assert (came.orig.sqlstate, stores._transient(came)) == (state, True)
    away = sent(OperationalError(None, None, psycopg.OperationalError("connection refused")))
    assert stores._transient(away)
    cut = sent(DBAPIError("select", {}, psycopg.OperationalError("gone"), connection_invalidated=True))
    assert stores._transient(cut)


def test_a_lock_that_a_worker_meets_is_waited_for_and_then_busy(house: House) -> None:
    with pytest.raises(StoreBusy) as busy:
        house.run(fails, OperationalError, "insert", {}, sqlite3.OperationalError("database is locked"))
    note = busy.value.__cause__.__notes__[0] if busy.value.__cause__ else ""
    assert "in fails" in note
    assert house.numbers() == []


SERIAL = """do $$ begin raise exception 'could not serialize access' using errcode = '40001'; end $$"""


def test_postgresql_s_own_passing_trouble_is_tried_again_and_then_busy(postgresql_url: str) -> None:
    with opened(postgresql_url) as house:
        tries: list[int] = []

        def counting(*asked: Any) -> Any:
            tries.append(1)
            return house.workers.transact(*asked)

        with pytest.raises(StoreBusy) as busy:
            house.store.run_by(counting, fails_in_sql, SERIAL)
        cause: Any = busy.value.__cause__
        assert (len(tries), cause.orig.sqlstate, cause.orig.diag.message_primary) == (
            3,
            "40001",
            "could not serialize access",
        )
        with pytest.raises(IntegrityError) as twice:
            house.run(fails_in_sql, "insert into n values (1)")
        orig: Any = twice.value.orig
        assert orig.diag.constraint_name == "n_n_key"


# What dies.


def test_a_worker_that_dies_amid_a_transaction_has_done_nothing_and_another_does_it(own: House, tmp_path: Path) -> None:
    (tmp_path / "lives").mkdir()
    (tmp_path / "lives" / "1").touch()
    first = own.run(pid)
    second = own.run(dies, 1, str(tmp_path / "lives"))
    assert len({first, second, os.getpid()}) == 3
    assert own.numbers() == [1]  # which is unique: the first try has left nothing
    assert not lives(first)
    assert own.run(pid) == second


def test_after_all_tries_the_store_is_busy_and_the_next_is_served(sqlite_url: str, tmp_path: Path) -> None:
    with opened(sqlite_url) as own:
        lives_left = tmp_path / "lives"
        lives_left.mkdir()
        for life in "12345":
            (lives_left / life).touch()
        with pytest.raises(StoreBusy) as busy:
            own.run(dies, 1, str(lives_left))
        assert isinstance(busy.value.__cause__, WorkerLost)
        assert (len(list(lives_left.iterdir())), own.numbers()) == (2, [])  # three tries
        assert own.run(add, 2) == 2


def test_a_worker_that_died_while_idle_is_replaced(sqlite_url: str) -> None:
    with opened(sqlite_url) as own:
        first = own.run(pid)
        os.kill(first, signal.SIGKILL)
        assert own.run(add, 5) == 5
        assert own.run(pid) not in {first, os.getpid()}


def test_one_that_is_told_to_end_lets_us_finish(sqlite_url: str, tmp_path: Path) -> None:
    """A service manager tells it to all processes of the service; which then end with the daemon."""
    with opened(sqlite_url) as house, ThreadPoolExecutor(1) as pool:
        done = pool.submit(house.run, waits, 4, str(tmp_path))
        worker = begun(tmp_path)
        os.kill(worker, signal.SIGTERM)
        os.kill(worker, signal.SIGINT)
        (tmp_path / "go").touch()
        assert done.result(SECONDS) == 4
        assert (house.numbers(), house.run(pid)) == ([4], worker)


def test_a_worker_outlives_the_thread_that_needed_it(sqlite_url: str, tmp_path: Path) -> None:
    with opened(sqlite_url) as house:
        os.kill(house.run(pid), signal.SIGKILL)
        with ThreadPoolExecutor(1) as brief:
            thread = brief.submit(threading.get_native_id).result(SECONDS)
            worker = brief.submit(house.run, pid).result(SECONDS)
        until(lambda: not Path(f"/proc/self/task/{thread}").exists())  # Python is done with it a little earlier
        assert house.run(pid) == worker


@contextmanager
def daemon(url: str, folder: Path, *how: str) -> Iterator[subprocess.Popen[str]]:
    script = Path(__file__).with_name("worker_daemon.py")
    call = [sys.executable, str(script), url, str(folder), *how]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def gone(process: int) -> bool:
    """Nobody may have fetched what is left of it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_when_the_daemon_is_killed_its_workers_are_and_nothing_is_written(database_url: str, tmp_path: Path) -> None:
    house = House(database_url)
    house.empty()
    with daemon(database_url, tmp_path) as process:
        worker = begun(tmp_path)
        assert not gone(worker)
        process.kill()
        until(lambda: gone(worker))
    (tmp_path / "go").touch()
    assert house.numbers() == []
    assert house.store.run_now(add, 1) == 1  # nor does it hold a lock
    house.store.engine.dispose()


def test_what_a_daemon_asked_for_just_before_it_was_killed_is_not_done(sqlite_url: str, tmp_path: Path) -> None:
    house = House(sqlite_url)
    house.empty()
    (tmp_path / "go").touch()
    with daemon(sqlite_url, tmp_path, "at once") as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        assert process.wait(SECONDS) == -signal.SIGKILL
        until(lambda: gone(worker))
    assert not (tmp_path / "begun").exists()
    assert house.numbers() == []
    house.store.engine.dispose()


def test_stopping_leaves_no_process_and_no_zombie(sqlite_url: str) -> None:
    with opened(sqlite_url, many=2) as house:
        held = [house.workers._idle.get() for _ in range(2)]
        pids = [worker._process.pid for worker in held]
        for worker in held:
            house.workers._idle.put(worker)
        assert {house.run(pid), house.run(pid)} == set(pids)
        assert all(map(lives, pids))
    assert not any(map(lives, pids))
    assert [worker._process.returncode for worker in held] == [0, 0]


def test_the_password_is_not_among_what_all_can_read() -> None:
    worker = Worker("postgresql+psycopg://clinic:s3cret-word@127.0.0.1:1/clinic", LogSettings())
    shown, until = Path(f"/proc/{worker._process.pid}/cmdline"), time.monotonic() + 10
    while not (line := shown.read_bytes()):  # it is empty for a moment, while the process becomes another
        assert time.monotonic() < until
    assert b"gateway.worker" in line
    assert b"s3cret-word" not in line
    worker.close()


# As the daemon has them.


def test_the_daemon_awaits_what_workers_do(sqlite_url: str, mail: Any) -> None:
    house = House(sqlite_url, many=2)
    house.empty()
    threaded = ThreadedStore(house.store, mail, threads=2, workers=house.workers)
    threaded.start()
    try:
        there = {mail.wait(threaded.run(pid)) for _ in range(6)}
        assert os.getpid() not in there
        assert len(there) == 2
        assert mail.wait(threaded.talks.run(add, n=7)) == 7
        assert mail.wait(threaded.pages.run(numbers)) == [7]
        with pytest.raises(SessionFull):
            mail.wait(threaded.run(fails, SessionFull))
        assert mail.wait(threaded.check().addErrback(lambda failure: type(failure.value).__name__))
    finally:
        threaded.stop()
    assert not any(map(lives, there))
    assert house.numbers() == [7]
    house.store.engine.dispose()


def test_lanes_take_turns_also_where_workers_do_it(sqlite_url: str, tmp_path: Path, mail: Any) -> None:
    house = House(sqlite_url)
    house.empty()
    threaded = ThreadedStore(house.store, mail, threads=1, workers=house.workers)
    threaded.start()
    first = threaded.run(waits, 0, str(tmp_path))
    begun(tmp_path)
    asked = [threaded.pages.run(add, n) for n in (10, 11, 12)]
    asked += [threaded.talks.since(since).run(add, n) for n, since in ((20, 2.0), (21, 1.0))]  # who came first is first
    asked += [threaded.run(add, 30)]
    (tmp_path / "go").touch()
    assert mail.wait(first) == 0
    assert [mail.wait(done) for done in asked] == [10, 11, 12, 20, 21, 30]
    threaded.stop()
    with house.store.engine.connect() as connection:
        order = list(connection.scalars(text("select n from n order by rowid")))
    assert order == [0, 21, 10, 30, 20, 11, 12]
    house.store.engine.dispose()


def test_stopping_waits_for_what_a_worker_has_begun(sqlite_url: str, tmp_path: Path, mail: Any) -> None:
    house = House(sqlite_url)
    house.empty()
    threaded = ThreadedStore(house.store, mail, threads=1, workers=house.workers)
    threaded.start()
    done = threaded.run(waits, 5, str(tmp_path))
    begun(tmp_path)
    threading.Timer(0.05, (tmp_path / "go").touch).start()
    threaded.stop()
    assert (mail.wait(done), house.numbers()) == (5, [5])
    house.store.engine.dispose()
