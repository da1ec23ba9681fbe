"""SMS stored many at a time, and each by itself where one spoils the transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from clinic.errors import StoreBusy
from clinic.inbox import Came
from gateway.storing import MOST, Storing
from tests.clinic.conftest import NOW


class Store:
    """A store of texts in the test's hands."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.turn: Deferred[None] | None = None
        self.away = False

    def run(self, fn: Callable[..., Any], /, *, came: list[Came]) -> Any:
        if self.away:
            return fail(StoreBusy("away"))
        texts = [one.text for one in came]
        self.batches.append(texts)
        if "poison" in texts:
            return fail(ValueError("poison"))
        done = self.turn or succeed(None)
        return done.addCallback(lambda _: [f"stored {text}" for text in texts])


@pytest.fixture
def store() -> Store:
    return Store()


def came(text: str) -> Came:
    return Came("main", "bind", frozenset({"bind"}), "+8615400000001", text, NOW)


def test_what_comes_while_a_transaction_is_under_way_is_the_next_ones(store: Store) -> None:
    storing, heard, store.turn = Storing(store), list[Any](), Deferred()
    for text in ("a", "b", "c"):
        storing.put(came(text)).addCallback(heard.append)
    first, store.turn = store.turn, None
    assert (store.batches, heard) == ([["a"]], [])
    first.callback(None)
    assert store.batches == [["a"], ["b", "c"]]
    assert heard == ["stored a", "stored b", "stored c"]
    storing.put(came("d")).addCallback(heard.append)
    assert heard[-1] == "stored d"


def test_a_transaction_has_an_end(store: Store) -> None:
    storing, store.turn = Storing(store), Deferred()
    for n in range(MOST + 2):
        storing.put(came(f"{n}"))
    first, store.turn = store.turn, None
    first.callback(None)
    assert list(map(len, store.batches)) == [1, MOST, 1]


def test_one_that_cannot_be_stored_spoils_no_other(store: Store) -> None:
    storing, heard, store.turn = Storing(store), list[Any](), Deferred()
    for text in ("a", "b", "poison", "c"):
        storing.put(came(text)).addCallbacks(heard.append, lambda failure: heard.append(failure.type))
    first, store.turn = store.turn, None
    first.callback(None)
    assert heard == ["stored a", "stored b", ValueError, "stored c"]


def test_while_the_database_is_away_all_are_told_so_at_once(store: Store) -> None:
    storing, heard, store.away = Storing(store), list[Any](), True
    for text in ("a", "b"):
        storing.put(came(text)).addErrback(lambda failure: heard.append(failure.type))
    assert heard == [StoreBusy, StoreBusy]
