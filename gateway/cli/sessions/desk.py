"""What the commands of `caredial sessions` share: which session is meant, what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gateway.cli.desk import Desk
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from clinic.listing import SessionLine


def known(desk: Desk, session: int) -> SessionLine:
    """The session with this number, or a Problem."""
    from clinic import listing  # noqa: PLC0415

    line: SessionLine | None = desk.run(listing.session_line, offered=session)
    if line is None:
        raise Problem(f"there is no clinic session {session}; `caredial sessions list` shows them")
    return line


def asked(desk: Desk, fn: Callable[..., Any], **given: Any) -> Any:
    """A use case in one transaction; what it refuses becomes a Problem, or a Mistake where the words are wrong."""
    from clinic.places.changing import NotChangeable  # noqa: PLC0415
    from clinic.places.shares import BadShares  # noqa: PLC0415
    from clinic.sessions.templates import BadTemplate  # noqa: PLC0415

    try:
        return desk.run(fn, **given)
    except NotChangeable as error:
        raise Problem(str(error)) from error
    except (BadTemplate, BadShares) as error:
        raise Mistake(str(error)) from error


def named(line: SessionLine, desk: Desk) -> str:
    """A session in words: where, when."""
    language = desk.settings.installation.language
    return f"{line.centre.text(language)} {line.department.text(language)} {line.day} {line.half} {line.starts:%H:%M}"


def time_of_day(written: str, option: str) -> dt.time:
    try:
        return dt.datetime.strptime(written, "%H:%M").time()  # noqa: DTZ007  a time of day has no zone
    except ValueError:
        raise Mistake(f"{option}: {written!r} is no time of day, as 14:00") from None
