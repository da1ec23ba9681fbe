"""The one door to the database: use cases run in transactions, on a thread pool or in processes of their own.

A use case is a plain function over a SQLAlchemy Session. Here it gets its session, its transaction, and another try
when the database was only busy. Rows never come out: use cases return frozen views.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from clinic import schema
from clinic.errors import StoreBusy
from gateway.lanes import NAMES, Lane, Lanes
from gateway.transaction import Fn, Mark, Transact, reads, transactions
from gateway.turns import OneByOne
from gateway.workers import WorkerLost, Workers

P = ParamSpec("P")
T = TypeVar("T")

# PostgreSQL: serialization_failure, deadlock_detected, lock_not_available, admin_shutdown, cannot_connect_now.
TRANSIENT = frozenset({"40001", "40P01", "55P03", "57P01", "57P03"})
SQLITE_BUSY_MS, SQLITE_STEP_MS = 5_000, 3


def connect(url: str, *, threads: int = 8) -> Engine:
    """An engine for `sqlite:///FILE` or `postgresql://...`, set up as every part of CareDial needs it."""
    engine = create_engine(
        url, pool_size=threads, max_overflow=2, pool_pre_ping=url.startswith("postgresql"), hide_parameters=True
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _record: object) -> None:
    """Plan each statement for the tables as they are: a plan that was kept from when they were empty scans them whole,
    again and again, while a broadcast fills them."""
    connection.execute("SET plan_cache_mode = force_custom_plan")
    connection.commit()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """WAL lets readers go on while one writes; FULL keeps a commit through a power cut, not only through kill -9."""
    connection.isolation_level = None  # the driver must not begin transactions on its own
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={SQLITE_BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    """IMMEDIATE takes the write lock at once: a transaction that reads, then writes, can so never be refused midway."""
    if connection.get_execution_options().get("reads", False):
        connection.exec_driver_sql("BEGIN")
    elif not _began_in_turn(connection.connection.dbapi_connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _began_in_turn(driver: sqlite3.Connection) -> bool:
    """Wait for another process in short steps: SQLite's own grow to 0.1 s, and so miss the gaps of one that writes on.

    False where it took too long, or another error came: the caller tries once more, and tells it.
    """
    end = time.monotonic() + SQLITE_BUSY_MS / 1000
    driver.execute(f"PRAGMA busy_timeout={SQLITE_STEP_MS}")
    try:
        while time.monotonic() < end:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    return False
            else:
                return True
        return False
    finally:
        driver.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MS}")


class Store:
    """Runs use cases. `run_now` in the calling thread (command line, jobs, tests), `run` for the reactor."""

    def __init__(self, engine: Engine, *, tries: int = 5) -> None:
        self.engine = engine
        self.transact = transactions(engine)
        self.wakes: dict[Mark, Callable[[], object]] = {}  # what is called after a commit that leaves such a mark
        self._retrying = Retrying(
            retry=retry_if_exception(_transient),
            stop=stop_after_attempt(tries),
            wait=wait_exponential(multiplier=0.02, max=0.5) + wait_random(0, 0.05),
            reraise=True,
        )
        # SQLite has one writer. Queueing here is fair and prompt; its own busy handler sleeps in growing steps.
        self._writers = OneByOne() if engine.dialect.name == "sqlite" else None

    def run_now(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, ...)` in one transaction; StoreBusy when it stayed locked through all tries."""
        result: T = self.run_by(self.transact, fn, *args, **kwargs)
        return result

    def run_by(self, transact: Transact, fn: Fn, /, *args: Any, **kwargs: Any) -> Any:
        """`run_now`, where the transactions are another's."""
        try:
            return self._retrying(self._once, transact, fn, args, kwargs)
        except (OperationalError, WorkerLost) as error:
            if _transient(error):
                raise StoreBusy("the database stayed locked or unreachable") from error
            raise

    def _once(self, transact: Transact, fn: Fn, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        with self._turn(fn):
            result, marks = transact(fn, args, kwargs)
        for mark in marks:
            wake = self.wakes.get(mark)
            if wake is not None:
                wake()
        return result

    def _turn(self, fn: Callable[..., Any]) -> AbstractContextManager[None]:
        if self._writers is None or reads(fn):
            return nullcontext()
        return self._writers.turn(gives_way=getattr(fn, "gives_way", False))

    def upgrade(self) -> None:
        """Bring the schema to this code's; where that fails the database stays as it was."""
        with renovating(self.engine) as connection:
            schema.upgrade(connection)

    def check(self) -> None:
        """Raise unless the database answers and has this code's schema."""
        with self.engine.connect() as connection:
            connection.execute(text("select 1"))
            if schema.version(connection) != schema.newest():
                raise RuntimeError("the database has another schema: run `caredial db upgrade`")


@contextmanager
def renovating(engine: Engine) -> Iterator[Connection]:
    """One transaction that may change tables. SQLite does so by copying and dropping them, which its foreign keys must
    not notice; they are looked at in the end (sqlite.org/lang_altertable.html section 7)."""
    with engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection if engine.dialect.name == "sqlite" else None
        if driver is not None:
            driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                if driver is not None and (lost := driver.execute("PRAGMA foreign_key_check").fetchone()):
                    raise RuntimeError(f"the change has left rows that refer to nothing: {lost}")
        finally:
            if driver is not None:
                driver.execute("PRAGMA foreign_keys=ON")


class ThreadedStore:
    """The store as the daemon sees it: `await store.run(fn, ...)`, on a pool that nothing else can fill."""

    def __init__(
        self, store: Store, reactor: IReactorFromThreads, *, threads: int = 8, workers: Workers | None = None
    ) -> None:
        """With `workers` each thread only waits for one of them; there are as many threads then as workers, so that
        nobody has to wait for one after it was their turn."""
        self.now = store
        self._reactor, self._workers = reactor, workers
        self._pool = ThreadPool(minthreads=threads, maxthreads=threads, name="store")
        self._lanes = Lanes(self._pool.callInThread, reactor.callFromThread, threads=threads)
        run = store.run_now if workers is None else partial(store.run_by, workers.transact)
        self.talks, self.pages, self._rest = (Lane(self._lanes, name, run) for name in NAMES)

    def start(self) -> None:
        if self._workers is not None:
            self._workers.start()
        self._pool.start()

    def stop(self) -> None:
        """Wait for what runs, and for what was asked for before; callers see the outcome of every transaction."""
        self._pool.stop()
        if self._workers is not None:
            self._workers.stop()

    def check(self) -> Deferred[None]:
        """Fails unless the database answers and has this code's schema."""
        return deferToThreadPool(self._reactor, self._pool, self.now.check)

    def run(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        return self._rest.run(fn, *args, **kwargs)


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """A store for the length of a command."""
    engine = connect(url)
    try:
        yield Store(engine)
    finally:
        engine.dispose()


def _transient(error: BaseException) -> bool:
    if not isinstance(error, DBAPIError):
        return isinstance(error, WorkerLost)
    state = getattr(error.orig, "sqlstate", None)
    locked = "database is locked" in str(error.orig) or "database table is locked" in str(error.orig)
    # Without a statement it was the connecting that failed; SQLite's file does not come back by waiting.
    away = isinstance(error, OperationalError) and error.statement is None and not isinstance(error.orig, sqlite3.Error)
    return locked or away or state in TRANSIENT or error.connection_invalidated
