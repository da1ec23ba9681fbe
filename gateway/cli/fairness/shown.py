"""What the commands of `caredial fairness` share: what is refused, and how rows are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from clinic.fairness.blocks import BlockView
    from conf.texts.words import Name
    from gateway.cli.desk import Desk


def named(desk: Desk, centre: Name | None) -> str:
    """A centre's name in the installation's language; None: what is of all of them."""
    return centre.text(desk.settings.installation.language) if centre else "all centres"


def described(view: BlockView) -> str:
    """`Block 12 of 王* (812)`: whose it is, masked."""
    return f"Block {view.id} of {view.phone or f'{view.name} ({view.resident})'}"


def many_visits(visits: tuple[int, ...], most: int = 8) -> str:
    """The numbers of visits, the last of many: `812 815 820`."""
    shown = " ".join(map(str, visits[-most:]))
    return f"... {shown}" if len(visits) > most else shown


@contextmanager
def refused() -> Iterator[None]:
    """What blocks, appeals, rules and signs refuse, as a command tells it."""
    from clinic.fairness.absences import NotExcusable  # noqa: PLC0415
    from clinic.fairness.blocks import NoSuchBlock  # noqa: PLC0415
    from clinic.fairness.rules import BadRule, NoSuchRule  # noqa: PLC0415
    from clinic.fairness.signs.judging import NoSuchSign  # noqa: PLC0415

    try:
        yield
    except BadRule as error:
        raise Mistake(str(error)) from error
    except (NoSuchBlock, NoSuchRule, NoSuchSign, NotExcusable) as error:
        raise Problem(str(error)) from error


def act(desk: Desk, fn: Callable[..., Any], /, **given: Any) -> Any:
    """A use case with all that an installation has decided; what it refuses as a command tells it."""
    with refused():
        return desk.run(fn, rules=desk.rules, installation=desk.installation, now=desk.now(), **given)


def plain(desk: Desk, fn: Callable[..., Any], /, **given: Any) -> Any:
    with refused():
        return desk.run(fn, now=desk.now(), **given)


def phone_of(desk: Desk, written: str) -> str:
    """A phone as it is kept; Mistake where it is none."""
    from clinic.phones import BadPhone, canonical  # noqa: PLC0415

    try:
        return canonical(written, desk.installation.region)
    except BadPhone:
        raise Mistake(f"{written!r} is no phone number") from None
