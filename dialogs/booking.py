"""Booking a visit: where, when, for whom; confirmed with everything, then written once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence

from clinic import schedule, visits
from clinic.errors import ClinicError, SessionClosed, SessionFull
from clinic.residents import NewPerson
from clinic.views import CentreView, DepartmentView, SessionView, VisitView
from conf.texts.words import Code, Name, Word
from dialogs.centres import choose_centre
from dialogs.residents import choose_person
from dialogs.talk import Again, Choice, Desk, Talk


class NothingOpen(ClinicError):
    """There is nowhere to book."""

    tell = "visit.none_open"


async def book_visit(talk: Talk, desk: Desk) -> None:
    """Ask for all that a booking needs, confirm it, book it; the T-code comes by SMS."""
    centre = await _centre(talk, desk)
    department = await _department(talk, desk, centre)
    offered = await _session(talk, desk, department)
    patient, name = await choose_person(talk, desk, "visit.who")
    await settle(talk, desk, offered, centre=centre.name, department=department.name, patient=patient, name=name)


async def settle(
    talk: Talk,
    desk: Desk,
    offered: SessionView,
    *,
    centre: Name,
    department: Name,
    patient: int | NewPerson,
    name: str,
    book: Callable[..., VisitView] = visits.book,
) -> None:
    """Confirm with everything, then write once; `book` is the use case that writes, called as `visits.book` is."""
    wanted = await talk.choose(
        "visit.confirm",
        [Choice("yes", "visit.yes"), Choice("no", "visit.no")],
        centre=centre,
        department=department,
        name=name,
        fee=offered.fee,
        **_when(offered),
    )
    if wanted == "yes":
        await _book(talk, desk, offered, patient, book)
    else:
        await talk.say("visit.not_booked")


async def _book(
    talk: Talk, desk: Desk, offered: SessionView, patient: int | NewPerson, book: Callable[..., VisitView]
) -> None:
    try:
        visit = await desk.store.run(
            book,
            clinic_session=offered.id,
            patient=patient,
            phone=talk.phone,
            language=talk.language,
            occasion=talk.occasion,
            channel=talk.channel,
            rules=desk.rules.booking,
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
    centre = await choose_centre(talk, desk)
    if centre is None:
        raise NothingOpen
    return centre


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
    found = await desk.store.run(schedule.open_sessions, department=department.id, now=desk.now())
    if not found:
        raise Again("visit.department", tell="visit.none_open")
    return await choose_session(talk, found)


async def choose_session(talk: Talk, found: Sequence[SessionView]) -> SessionView:
    """The day, then its sessions: a fortnight of half days in one list would be ten pages on a screen."""
    day = await _day(talk, found)
    offered = [session for session in found if session.day == day]
    options = [
        Choice(session.id, "visit.session_item", {"fee": session.fee, "left": session.left, **_when(session)})
        for session in offered
    ]
    chosen = await talk.choose("visit.session", options)
    return next(session for session in offered if session.id == chosen)


async def _day(talk: Talk, found: Sequence[SessionView]) -> dt.date:
    left: Counter[dt.date] = Counter()
    for session in found:
        left[session.day] += session.left
    options = [Choice(day.isoformat(), "visit.day_item", {"day": day, "left": left[day]}) for day in sorted(left)]
    return dt.date.fromisoformat(await talk.choose("visit.day", options))


def _when(session: SessionView) -> dict[str, Word]:
    return {
        "day": session.day,
        "half": session.half,
        "starts": session.starts,
        "practitioner": session.practitioner or "none",
    }
