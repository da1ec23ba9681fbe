"""Which of several links carries a message: by prefix, class and price, around links that are down or throttled."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol, TypeVar

from smpp.kinds import MessageClass
from smpp.settings import LinkSettings


class Route(Protocol):
    """What is asked of a link; `smpp.link.Link` has it all."""

    name: str
    settings: LinkSettings

    @property
    def may_submit(self) -> bool: ...

    @property
    def throttled(self) -> bool: ...

    @property
    def queued(self) -> int: ...


AnyRoute = TypeVar("AnyRoute", bound=Route)


def choose(
    links: Iterable[AnyRoute], *, destination: str, message_class: MessageClass, only: str = ""
) -> AnyRoute | None:
    """Return the link to submit over now, None if there is none; `only` names the one that may be taken.

    Of those that carry such a message and may submit now: one that is not throttled goes first, then the one with
    the longest prefix, then the cheapest, then the one with the fewest submits waiting.
    """
    fitting = [
        link
        for link in links
        if only in ("", link.name) and link.may_submit and carries(link.settings, destination, message_class)
    ]
    return min(fitting, key=lambda link: _rank(link, destination), default=None)


def carries(settings: LinkSettings, destination: str, message_class: MessageClass) -> bool:
    """Tell whether a link with these settings could ever carry such a message, up or down."""
    return (
        settings.bind != "receiver"
        and (not settings.classes or message_class in settings.classes)
        and _prefix(settings, destination) is not None
    )


def _rank(link: Route, destination: str) -> tuple[bool, int, Decimal, int]:
    return link.throttled, -(_prefix(link.settings, destination) or 0), link.settings.price, link.queued


def _prefix(settings: LinkSettings, destination: str) -> int | None:
    """Return the length of the longest prefix that fits, 0 where none is asked for, None where none fits."""
    if not settings.prefixes:
        return 0
    number = destination.removeprefix("+")
    bare = (prefix.removeprefix("+") for prefix in settings.prefixes)
    return max((len(prefix) for prefix in bare if number.startswith(prefix)), default=None)
