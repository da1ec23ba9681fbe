"""`caredial visits walk-in`, `book` and `cancel`: registering at the counter, for today and for another day."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from conf.texts import say
from gateway.cli.answers import answer, confirm, print_documents
from gateway.cli.desk import Desk, opened, person
from gateway.cli.money import figure
from gateway.cli.numbers import phone_number
from gateway.cli.problems import Mistake, Problem
from gateway.cli.sessions.desk import known
from gateway.keys import open_keyring, open_vault

if TYPE_CHECKING:
    from clinic.residents import NewPerson
    from clinic.views import VisitView


def walk_in(
    session: int,
    *,
    identity: str | None,
    name: str | None,
    resident: int | None,
    phone: str | None,
    language: Literal["zh", "en"] | None,
    over: str,
    pays: str,
    slip: Path | None,
    once: str,
    as_json: bool,
    by: str,
    config: Path | None,
) -> None:
    with opened(config) as desk:
        view = _registered(
            desk,
            clinic_session=session,
            patient=_patient(desk, identity, name, resident),
            phone=phone_number(phone, desk.installation.region, "--phone") if phone else "",
            language=language or desk.settings.installation.language,
            pays=pays,
            over_reason=_reason(over),
            by=person(by),
            occasion=f"counter:{once or uuid.uuid4().hex}",
        )
        _show(desk, view, as_json=as_json)
        if slip is not None:
            _print(desk, view, slip)


def book(
    session: int,
    *,
    identity: str | None,
    name: str | None,
    resident: int | None,
    phone: str,
    language: Literal["zh", "en"] | None,
    pays: str,
    once: str,
    as_json: bool,
    by: str,
    config: Path | None,
) -> None:
    with opened(config) as desk:
        who, line = person(by), known(desk, session)
        given = {
            "clinic_session": session,
            "patient": _patient(desk, identity, name, resident),
            "phone": phone_number(phone, desk.installation.region, "--phone"),
            "language": language or desk.settings.installation.language,
            "pays": pays,
            "occasion": f"counter:{once or uuid.uuid4().hex}",
        }
        view = _booked(desk, who, given)
        told = {"visit": view.id, "session": session, "queue": view.queue, "day": line.day, "starts": line.starts}
        when = f"{line.day} {line.half} {line.starts:%H:%M}"
        said = f"no. {view.queue} on {when} (visit {view.id})\nT-code {view.number}, on its way to {phone} by SMS"
        answer(desk, said, as_json=as_json, **told, tcode=view.number, link=view.link)


def cancel(visit: int, *, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
    from clinic.visits import at_counter  # noqa: PLC0415

    with opened(config) as desk:
        found = _to_come(desk, at_counter.to_cancel, visit)
        back = f"; {figure(found.paid)} goes back" if found.paid.fen else ""
        what = f"no. {found.queue} of {found.day}, {found.department.text(desk.installation.language)}"
        confirm(f"Visit {visit} ({found.name}, {what}) is cancelled{back}.", yes=yes, as_json=as_json)
        _to_come(desk, at_counter.cancel_for, visit, by=person(by), installation=desk.installation)
        answer(desk, f"visit {visit} is cancelled{back}", as_json=as_json, visit=visit, cancelled=True, back=found.paid)


def _to_come(desk: Desk, fn: Callable[..., Any], visit: int, **given: Any) -> Any:
    from clinic.errors import NotCancellable  # noqa: PLC0415

    try:
        return desk.run(fn, visit=visit, now=desk.now(), **given)
    except NotCancellable as error:
        shown = "`caredial visits list --day DAY` shows those that are"
        raise Problem(f"there is no visit {visit} that is still to come; {shown}") from error


def _booked(desk: Desk, by: str, given: dict[str, Any]) -> VisitView:
    """As the booker's phone would have; that staff did it is in the audit trail."""
    from clinic import errors  # noqa: PLC0415
    from clinic.visits import at_counter  # noqa: PLC0415

    offered = given["clinic_session"]
    more = {"installation": desk.installation, "rules": desk.rules.booking, "now": desk.now()}
    try:
        done: VisitView = desk.run(at_counter.book_for, by=by, **given, **more)
    except errors.SessionFull as error:
        waits = f"`caredial sessions waiting {offered}` shows who waits"
        raise Problem(f"session {offered} has no place left for the counter; {waits}") from error
    except errors.SessionClosed as error:
        shown = f"`caredial sessions list` shows its state, `caredial sessions shares {offered}` its places"
        raise Problem(f"session {offered} cannot be booked (yet, or any more); {shown}") from error
    except errors.AlreadyBooked as error:
        raise Problem("this phone has booked a visit for them in the department on that day already") from error
    except errors.NotPossible as error:
        why = "there is no such resident, or another phone has booked for them in the department that day"
        raise Problem(f"{why}; `caredial people find` shows them") from error
    except errors.NotEnough as error:
        raise Problem("the account of this phone does not hold as much, or it has none; leave --pays out") from error
    except errors.ClinicError as error:
        if error.retry:
            raise
        raise Problem(say("en", error.tell, **error.words)) from error
    return done


def _registered(desk: Desk, **given: Any) -> VisitView:
    from clinic import errors, visits  # noqa: PLC0415

    rules, offered = desk.rules.booking, given["clinic_session"]
    known(desk, offered)
    try:
        view: VisitView = desk.run(visits.walk_in, installation=desk.installation, rules=rules, now=desk.now(), **given)
    except errors.SessionFull as error:
        raise Problem(f"session {offered} is full; with --over REASON it gets one place more") from error
    except errors.SessionClosed as error:
        raise Problem(f"session {offered} is not open today; `caredial sessions list` shows those that are") from error
    except errors.AlreadyBooked as error:
        raise Problem(
            "this person has a visit to this department today: check it in with `caredial queue arrive`"
        ) from error
    except errors.NotPossible as error:
        raise Problem("there is no such resident; give --identity and --name") from error
    except errors.NotEnough as error:
        raise Problem("the account of this phone does not hold as much, or it has none; leave --pays out") from error
    return view


def _patient(desk: Desk, identity: str | None, name: str | None, resident: int | None) -> int | NewPerson:
    from clinic.errors import BadIdentity, BadName  # noqa: PLC0415
    from clinic.identity import parse  # noqa: PLC0415
    from clinic.residents import NewPerson, check_name  # noqa: PLC0415

    if resident is not None:
        if identity or name:
            raise Mistake("give either --resident, or --identity and --name")
        return resident
    if not identity or not name:
        raise Mistake("who is it? Give --identity and --name from the card, or --resident")
    try:
        return NewPerson(check_name(name), open_vault(desk.settings).seal(parse(identity)))
    except BadName as error:
        raise Mistake("--name: not a name of 2 to 40 letters") from error
    except BadIdentity as error:
        raise Mistake("--identity: not an identity number (18 characters, GB 11643); look at the last one") from error


def _reason(over: str) -> str:
    reason = " ".join(over.split())
    if len(reason) > 60:
        raise Mistake("--over: a reason has at most 60 characters")
    return reason


def _show(desk: Desk, view: VisitView, *, as_json: bool) -> None:
    stands = view.standing
    about = stands.expected if stands else None
    span = f"{desk.moment(about.earliest, form='%H:%M')}-{desk.moment(about.latest, form='%H:%M')}" if about else ""
    if as_json:
        told = {"visit": view.id, "queue": view.queue, "tcode": view.number, "ahead": view.ahead, "about": span}
        print_documents(desk, [{**told, "room": stands.room if stands else "", "link": view.link}])
        return
    room = f", room {stands.room}" if stands and stands.room else ""
    click.echo(f"no. {view.queue}{room}: {view.ahead} before, called about {span} (visit {view.id})")
    click.echo(f"T-code {view.number}")


def _print(desk: Desk, view: VisitView, file: Path) -> None:
    from clinic import listing  # noqa: PLC0415
    from gateway.http.slips import SlipPrinter  # noqa: PLC0415
    from tcode.fonts import NoFont  # noqa: PLC0415

    code = desk.run(listing.voucher, number=view.number)
    settings = desk.settings
    printer = SlipPrinter(open_keyring(settings), settings.slip.font, settings.slip.width)
    try:
        drawn = printer.draw(code, "en" if code.language == "en" else "zh", "png" if file.suffix == ".png" else "bin")
        file.write_bytes(drawn)
    except (NoFont, OSError) as error:
        raise Problem(f"the visit stands, but its slip was not written: {error}") from error
