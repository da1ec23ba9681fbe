"""Booking a visit: where, when, for whom; confirmed with everything, then written once."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from clinic import centres, residents, schedule, visits
from clinic.errors import ClinicError, SessionClosed, SessionFull
from clinic.identity import parse
from clinic.residents import NewPerson
from clinic.views import CentreView, DepartmentView, PersonView, SessionView
from conf.texts.words import Code, Word
from dialogs.talk import Again, Choice, Desk, Talk

SOMEONE_NEW = 0
"""Stands among the numbers of residents, which begin at 1."""


class NothingOpen(ClinicError):
    """There is nowhere to book."""

    tell = "visit.none_open"


class NeedsLetters(ClinicError):
    """Somebody new has to be named, and a name cannot be typed here."""

    tell = "resident.by_text"


async def book_visit(talk: Talk, desk: Desk) -> None:
    """Ask for all that a booking needs, confirm it, book it; the T-code comes by SMS."""
    centre = await _centre(talk, desk)
    department = await _department(talk, desk, centre)
    offered = await _session(talk, desk, department)
    patient, name = await _patient(talk, desk)
    wanted = await talk.choose(
        "visit.confirm",
        [Choice("yes", "visit.yes"), Choice("no", "visit.no")],
        centre=centre.name,
        department=department.name,
        name=name,
        fee=offered.fee,
        **_when(offered),
    )
    if wanted == "yes":
        await _book(talk, desk, offered, patient)
    else:
        await talk.say("visit.not_booked")


async def _book(talk: Talk, desk: Desk, offered: SessionView, patient: int | NewPerson) -> None:
    try:
        visit = await desk.store.run(
            visits.book,
            clinic_session=offered.id,
            patient=patient,
            phone=talk.phone,
            language=talk.language,
            occasion=talk.occasion,
            installation=desk.installation,
            now=desk.now(),
        )
    except (SessionFull, SessionClosed) as error:
        raise Again("visit.session", tell=error.tell) from error
    await talk.say(
        "visit.booked",
        queue=visit.queue,
        centre=visit.centre,
        department=visit.department,
        day=visit.day,
        half=visit.half,
        starts=visit.starts,
        number=Code(visit.number),
    )


async def _centre(talk: Talk, desk: Desk) -> CentreView:
    """The last used or nearest comes first; a lone centre is not asked for."""
    found = await desk.store.run(centres.nearest, phone=talk.phone)
    if not found:
        raise NothingOpen
    if len(found) == 1:
        return found[0]
    options = [Choice(centre.id, "visit.centre_item", {"centre": centre.name}) for centre in found]
    chosen = await talk.choose("visit.centre", options)
    return next(centre for centre in found if centre.id == chosen)


async def _department(talk: Talk, desk: Desk, centre: CentreView) -> DepartmentView:
    found = await desk.store.run(schedule.departments, centre=centre.id, now=desk.now())
    if not found:
        raise Again("visit.centre", tell="visit.none_open")
    options = [
        Choice(department.id, "visit.department_item", {"department": department.name, "left": department.left})
        for department in found
    ]
    chosen = await talk.choose("visit.department", options)
    return next(department for department in found if department.id == chosen)


async def _session(talk: Talk, desk: Desk, department: DepartmentView) -> SessionView:
    """The day, then its sessions: a fortnight of half days in one list would be ten pages on a screen."""
    found = await desk.store.run(schedule.open_sessions, department=department.id, now=desk.now())
    if not found:
        raise Again("visit.department", tell="visit.none_open")
    day = await _day(talk, found)
    offered = [session for session in found if session.day == day]
    options = [
        Choice(session.id, "visit.session_item", {"fee": session.fee, "left": session.left, **_when(session)})
        for session in offered
    ]
    chosen = await talk.choose("visit.session", options)
    return next(session for session in offered if session.id == chosen)


async def _day(talk: Talk, found: list[SessionView]) -> dt.date:
    left: Counter[dt.date] = Counter()
    for session in found:
        left[session.day] += session.left
    options = [Choice(day.isoformat(), "visit.day_item", {"day": day, "left": left[day]}) for day in sorted(left)]
    return dt.date.fromisoformat(await talk.choose("visit.day", options))


async def _patient(talk: Talk, desk: Desk) -> tuple[int | NewPerson, str]:
    """Somebody this phone has booked for before, or someone new; with the name to confirm."""
    known = await desk.store.run(residents.known_to, phone=talk.phone)
    options = [_person(person) for person in known]
    if talk.letters:
        options.append(Choice(SOMEONE_NEW, "resident.new"))
    if not options:
        raise NeedsLetters
    chosen = await talk.choose("visit.who", options) if known else SOMEONE_NEW
    if chosen == SOMEONE_NEW:
        return await _someone_new(talk, desk)
    return chosen, next(person.name for person in known if person.id == chosen)


def _person(person: PersonView) -> Choice[int]:
    return Choice(person.id, "resident.self" if person.is_self else "resident.other", {"name": person.name})


async def _someone_new(talk: Talk, desk: Desk) -> tuple[NewPerson, str]:
    name = await talk.ask("resident.name", residents.check_name)
    identity = await talk.ask("resident.identity", parse, name=name)
    return NewPerson(name, desk.vault.seal(identity)), name


def _when(session: SessionView) -> dict[str, Word]:
    return {
        "day": session.day,
        "half": session.half,
        "starts": session.starts,
        "practitioner": session.practitioner or "none",
    }
