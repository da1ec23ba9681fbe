"""One transaction: a use case gets its session, and leaves word of what is to be done after the commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, get_args

from sqlalchemy import Engine
from sqlalchemy.orm import Session

Mark = Literal["told", "noted", "pays"]
"""Something was written into the outbox; there is something to push; there is a payment to ask for."""
MARKS: Final[tuple[Mark, ...]] = get_args(Mark)

Fn = Callable[..., Any]
Transact = Callable[[Fn, tuple[Any, ...], Mapping[str, Any]], tuple[Any, frozenset[Mark]]]
"""Runs `fn(session, *args, **kwargs)` in one transaction; its result, and the marks that it left in `session.info`."""


def transactions(engine: Engine) -> Transact:
    """Those of this process, in the calling thread."""
    reading = engine.execution_options(reads=True)

    def transact(fn: Fn, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, frozenset[Mark]]:
        with Session(reading if reads(fn) else engine) as session:
            with session.begin():
                result = fn(session, *args, **kwargs)
            return result, frozenset(mark for mark in MARKS if session.info.get(mark))

    return transact


def reads(fn: Fn) -> bool:
    """Whether it never writes (`clinic.rows.reads`)."""
    return getattr(fn, "reads", False)
