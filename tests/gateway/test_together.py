"""Texts written many at a time, and each by itself where one spoils the transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from clinic.errors import StoreBusy
from gateway.together import MOST, Together


class Store:
    """A store of texts in the test's hands."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.turn: Deferred[None] | None = None
        self.away = False

    def run(self, fn: Callable[..., Any], /, texts: list[str]) -> Any:
        if self.away:
            return fail(StoreBusy("away"))
        self.batches.append(texts)
        if "poison" in texts:
            return fail(ValueError("poison"))
        done = self.turn or succeed(None)
        return done.addCallback(lambda _: fn(None, texts))


def write(_session: Any, texts: Sequence[str]) -> list[str]:
    return [f"stored {text}" for text in texts]


@pytest.fixture
def store() -> Store:
    return Store()


def test_what_comes_while_a_transaction_is_under_way_is_the_next_ones(store: Store) -> None:
    together, heard, store.turn = Together(store, write), list[Any](), Deferred()
    for text in ("a", "b", "c"):
        together.put(text).addCallback(heard.append)
    first, store.turn = store.turn, None
    assert (store.batches, heard) == ([["a"]], [])
    first.callback(None)
    assert store.batches == [["a"], ["b", "c"]]
    assert heard == ["stored a", "stored b", "stored c"]
    together.put("d").addCallback(heard.append)
    assert heard[-1] == "stored d"


def test_a_transaction_has_an_end(store: Store) -> None:
    together, store.turn = Together(store, write), Deferred()
    for n in range(MOST + 2):
        together.put(f"{n}")
    first, store.turn = store.turn, None
    first.callback(None)
    assert list(map(len, store.batches)) == [1, MOST, 1]


def test_one_that_cannot_be_stored_spoils_no_other(store: Store) -> None:
    together, heard, store.turn = Together(store, write), list[Any](), Deferred()
    for text in ("a", "b", "poison", "c"):
        together.put(text).addCallbacks(heard.append, lambda failure: heard.append(failure.type))
    first, store.turn = store.turn, None
    first.callback(None)
    assert heard == ["stored a", "stored b", ValueError, "stored c"]


def test_while_the_database_is_away_all_are_told_so_at_once(store: Store) -> None:
    together, heard, store.away = Together(store, write), list[Any](), True
    for text in ("a", "b"):
        together.put(text).addErrback(lambda failure: heard.append(failure.type))
    assert heard == [StoreBusy, StoreBusy]
