"""What a manager action gives: a response, events of a list, and what happens next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simulators.asterisk.channels import Headers


@dataclass(frozen=True, slots=True)
class Reply:
    """The response's status and headers; `items` are the events of a list, `then` runs once all is written.

    `output` is what a command said. A reply that comes `later` writes nothing now.
    """

    status: str
    headers: Sequence[tuple[str, str]] = ()
    items: Sequence[tuple[str, Headers]] = ()
    then: Callable[[], object] | None = None
    output: Sequence[str] | None = None
    later: bool = False


LATER = Reply("", later=True)


def success(message: str = "", *headers: tuple[str, str], then: Callable[[], object] | None = None) -> Reply:
    said = [("Message", message)] if message else []
    return Reply("Success", [*said, *headers], then=then)


def error(message: str) -> Reply:
    return Reply("Error", [("Message", message)])


def listing(message: str, complete: str, items: list[tuple[str, Headers]], *more: tuple[str, str]) -> Reply:
    """A list: its events, then its end with their number."""
    end: Headers = [("EventList", "Complete"), ("ListItems", str(len(items))), *more]
    return Reply("Success", [("EventList", "start"), ("Message", message)], [*items, (complete, end)])
