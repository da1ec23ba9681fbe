"""`caredial visits walk-in`: registering at the counter."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from gateway.cli.broadcast.desk import Desk, opened, person
from gateway.cli.problems import Mistake, Problem
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
            phone=_phone(desk, phone),
            language=language or desk.settings.installation.language,
            pays=pays,
            over_reason=_reason(over),
            by=person(by),
            occasion=f"counter:{once or uuid.uuid4().hex}",
        )
        _show(desk, view, as_json=as_json)
        if slip is not None:
            _print(desk, view, slip)


def _registered(desk: Desk, **given: Any) -> VisitView:
    from clinic import errors, visits  # noqa: PLC0415

    rules, offered = desk.rules.booking, given["clinic_session"]
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


def _phone(desk: Desk, written: str | None) -> str:
    from clinic import phones  # noqa: PLC0415

    if not written:
        return ""
    try:
        return phones.canonical(written, desk.installation.region)
    except phones.BadPhone as error:
        raise Mistake(f"--phone: {written!r} is {error}") from error


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
        click.echo(json.dumps({**told, "room": stands.room if stands else "", "link": view.link}, ensure_ascii=False))
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
