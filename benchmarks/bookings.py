"""Bookings a second, beside a bare SQL transaction (take the place, write three rows) on the same database."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial

from sqlalchemy import text

from benchmarks.place import NOW, book, phone, stores
from gateway.store import Store

MANY = 1_000


def run() -> Iterator[tuple[str, str, str]]:
    with stores(2 * MANY) as made:
        for name, store in made.items():
            for threads in (1, 8):
                bare = bare_rate(store, threads=threads, many=MANY)
                ours = _rate(partial(_book, store, threads), threads)
                yield (
                    f"bookings/s, {name}, {threads} thread{'s' * (threads > 1)}",
                    f"{ours:.0f}",
                    f"{bare:.0f}/s bare SQL transaction: {ours / bare:.2f} of it",
                )


def bare_rate(store: Store, *, threads: int, many: int) -> float:
    """The least that bookings could be, so many a second."""
    return _rate(partial(_bare, store), threads, many)


def _rate(once: Callable[[int], None], threads: int, many: int = MANY) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(once, range(many)))
    return many / (time.perf_counter() - started)


def _book(store: Store, threads: int, n: int) -> None:
    book(store, n + (MANY if threads > 1 else 0))


_BARE = (
    "INSERT INTO message (occasion, phone, text, state, due_at, expires_at, attempts, created_at)"
    " VALUES (:key, :phone, :text, 'failed', :now, :now, 0, :now)",
    "INSERT INTO audit (at, actor, action, subject, detail) VALUES (:now, 'bench', 'bench', :key, '{}')",
    "INSERT INTO inbound (link, bind, phone, text, fingerprint, received_at)"
    " VALUES ('bench', 'bench', :phone, :text, :key, :now)",
)
_TAKE = "UPDATE clinic_session SET taken = taken + 1, last_number = last_number + 1 WHERE id = 1 RETURNING last_number"


def _bare(store: Store, n: int) -> None:
    """The least that a booking could be: take the place, write three rows (visit, voucher, message), commit."""
    words = {
        "key": secrets.token_hex(16),
        "phone": phone(n),
        "text": "预约成功" * 20,
        "now": NOW.replace(tzinfo=None).isoformat(" "),
    }
    turn = store._writers.turn() if store._writers else nullcontext()
    with turn, store.engine.begin() as connection:
        connection.execute(text(_TAKE)).one()
        for statement in _BARE:
            connection.execute(text(statement), words)
