"""Booking a visit: where, when, for whom; confirmed with everything, then written once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence

from clinic import schedule, visits
from clinic.errors import ClinicError, NotEnough, SessionClosed, SessionFull
from clinic.residents import NewPerson
from clinic.views import CentreView, DepartmentView, SessionView, VisitView
from conf.texts.words import Name
from dialogs.centres import choose_centre
from dialogs.paying import Way, how_to_book, tell_hold
from dialogs.residents import choose_person
from dialogs.talk import Again, Choice, Desk, Talk
from dialogs.waiting import OTHER, became_full, department_choice, instead, more_departments, other_ways
from dialogs.words import of_visit, when


class NothingOpen(ClinicError):
    """There is nowhere to book."""

    tell = "visit.none_open"


async def book_visit(talk: Talk, desk: Desk) -> None:
    """Ask for all that a booking needs, confirm it, book it; the T-code comes by SMS."""
    centre = await _centre(talk, desk)
    department = await _department(talk, desk, centre)
    offered = await _session(talk, desk, department)
    if offered is None:
        await instead(talk, desk, centre=centre.name, department=department)
        return
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
        **when(offered),
    )
    way = await how_to_book(talk, desk, offered, patient) if wanted == "yes" else None
    if way is None:
        await talk.say("visit.not_booked")
    else:
        try:
            await _book(talk, desk, offered, patient, book, way)
        except SessionFull as error:
            words = {"centre": centre, "department": department}
            waits = book is visits.book and await became_full(talk, desk, offered, patient=patient, name=name, **words)
            if not waits:
                raise Again("visit.session", tell=error.tell) from error


async def _book(
    talk: Talk,
    desk: Desk,
    offered: SessionView,
    patient: int | NewPerson,
    book: Callable[..., VisitView],
    way: Way,
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
            pays=way.pays,
            provider=way.provider,
            rules=desk.rules.booking,
            installation=desk.installation,
            now=desk.now(),
        )
    except SessionClosed as error:
        raise Again("visit.session", tell=error.tell) from error
    except NotEnough as error:  # it was enough when it was offered
        raise Again("payment.how", tell=error.tell) from error
    if visit.state == "pending":
        await tell_hold(talk, desk, visit)
        return
    if visit.pays == "account":
        await talk.say("payment.paid", fee=visit.fee)
    await talk.say("visit.booked", **of_visit(visit))


async def _centre(talk: Talk, desk: Desk) -> CentreView:
    centre = await choose_centre(talk, desk)
    if centre is None:
        raise NothingOpen
    return centre


async def _department(talk: Talk, desk: Desk, centre: CentreView) -> DepartmentView:
    found = await desk.store.run(schedule.departments, centre=centre.id, channel=talk.channel, now=desk.now())
    full = await more_departments(talk, desk, centre.id)
    if not found and not full:
        raise Again("visit.centre", tell="visit.none_open")
    options = [
        Choice(department.id, "visit.department_item", {"department": department.name, "left": department.left})
        for department in found
    ]
    chosen = await talk.choose("visit.department", [*options, *map(department_choice, full)])
    return next(department for department in (*found, *full) if department.id == chosen)


async def _session(talk: Talk, desk: Desk, department: DepartmentView) -> SessionView | None:
    """None: something else than a session with places is wanted."""
    found = await desk.store.run(schedule.open_sessions, department=department.id, channel=talk.channel, now=desk.now())
    others = await other_ways(talk, desk, department.id)
    if not found and not others:
        raise Again("visit.department", tell="visit.none_open")
    day = await _day(talk, found, others) if found else OTHER
    return None if day == OTHER else await _of_day(talk, found, day, others=bool(others))


async def choose_session(talk: Talk, found: Sequence[SessionView]) -> SessionView:
    """The day, then its sessions: a fortnight of half days in one list would be ten pages on a screen."""
    chosen = await _chosen(talk, found, await _day(talk, found))
    return next(session for session in found if session.id == chosen)


async def _of_day(talk: Talk, found: Sequence[SessionView], day: str, *, others: bool) -> SessionView | None:
    """None: one that is full, or drawn."""
    chosen = await _chosen(talk, found, day, [Choice(0, "waiting.other_item")] if others else [])
    return next((session for session in found if session.id == chosen), None)


async def _chosen(talk: Talk, found: Sequence[SessionView], day: str, others: Sequence[Choice[int]] = ()) -> int:
    offered = [session for session in found if session.day.isoformat() == day]
    options = [
        Choice(session.id, "visit.session_item", {"fee": session.fee, "left": session.left, **when(session)})
        for session in offered
    ]
    return await talk.choose("visit.session", [*options, *others])


async def _day(talk: Talk, found: Sequence[SessionView], others: Sequence[Choice[str]] = ()) -> str:
    left: Counter[dt.date] = Counter()
    for session in found:
        left[session.day] += session.left
    options = [Choice(day.isoformat(), "visit.day_item", {"day": day, "left": left[day]}) for day in sorted(left)]
    return await talk.choose("visit.day", [*options, *others])
