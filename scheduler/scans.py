"""Long work over the database in small steps: memory stays flat, nobody waits long, and it can stop between any two."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from dataclasses import fields
from functools import partial
from typing import Any

from clinic.jobs import Found
from clinic.rows import gives_way
from scheduler.given import Broken, Given

Scan = Callable[..., Found]
Work = Callable[[Given], Coroutine[Any, Any, str]]

# Each run of a scan asks for these itself; `now` is another moment for each batch.
_OURS = frozenset({"session", "now"})
_GIVEN = frozenset(field.name for field in fields(Given)) - {"store", "now", "going", "tell"}


def scans(fn: Scan, what: str = "messages", **more: Any) -> Work:
    """A job that repeats `fn(session, *, now, ...) -> Found`, a transaction each, until nothing is left to find.

    `fn` gets those of Given's collaborators that it has arguments for, by their names, and `more`. `what` is what it
    counts. TypeError at once where it wants something that nobody gives.
    """
    wants = inspect.signature(fn).parameters
    named = [name for name in wants if name in _GIVEN and name not in more]
    missing = [
        name
        for name, wanted in wants.items()
        if wanted.default is wanted.empty and name not in {*_OURS, *named, *more} and wanted.kind != wanted.VAR_KEYWORD
    ]
    if missing:
        raise TypeError(f"{fn.__module__}.{fn.__qualname__} wants {', '.join(missing)}, which Given has not")

    def work(given: Given) -> Coroutine[Any, Any, str]:
        return scan(given, fn, what, **{name: getattr(given, name) for name in named}, **more)

    return work


def in_turn(*works: Work) -> Work:
    """A job of several scans, each when the one before it is at its end."""

    async def work(given: Given) -> str:
        return ", ".join(filter(None, [await each(given) for each in works]))

    return work


async def scan(given: Given, fn: Scan, what: str, **more: Any) -> str:
    """Repeat `fn` batch by batch, others first; what it found in all. Broken where it must stop before the end."""
    batch: Scan = gives_way(partial(fn, **more))
    total, left = 0, True
    while left:
        if not given.going():
            raise Broken(f"{total:,} {what}")
        found = await given.store.run(batch, now=given.now())
        total, left = total + found.count, found.more
        if left:
            given.tell(f"{total:,} {what} so far")
    return f"{total:,} {what}" if total else ""
