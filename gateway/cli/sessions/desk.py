"""What the commands of `caredial sessions` share: which session is meant, what is refused, JSON for programs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.broadcast.desk import Desk
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from clinic.listing import SessionLine
    from conf.texts.words import Language

AS_JSON = click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document a line.")
YES = click.option("--yes", is_flag=True, help="Do it without asking.")


def known(desk: Desk, session: int) -> SessionLine:
    """The session with this number, or a Problem."""
    from clinic import listing  # noqa: PLC0415

    line: SessionLine | None = desk.run(listing.session_line, offered=session)
    if line is None:
        raise Problem(f"there is no clinic session {session}; `caredial sessions list` shows them")
    return line


def known_centre(desk: Desk, centre: str | None) -> None:
    """A Mistake where there is no centre with this code."""
    from clinic import listing  # noqa: PLC0415

    codes = desk.run(listing.centre_codes)
    if centre is not None and centre not in codes:
        raise Mistake(f"there is no centre {centre}; there are: {', '.join(codes) or 'none'}")


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


def print_documents(desk: Desk, documents: Iterable[Mapping[str, object]]) -> None:
    """A JSON document a line: names in the installation's language, moments in its time."""
    language = desk.settings.installation.language
    for document in documents:
        plain = {name: _plain(value, language, desk) for name, value in document.items()}
        click.echo(json.dumps(plain, ensure_ascii=False))


def _plain(value: object, language: Language, desk: Desk) -> object:
    from conf.texts.words import Name  # noqa: PLC0415

    match value:
        case Name():
            return value.text(language)
        case dt.datetime():
            return value.astimezone(desk.installation.timezone).isoformat(timespec="minutes")
        case dt.time():
            return f"{value:%H:%M}"
        case dt.date():
            return value.isoformat()
        case _:
            return value
