"""A place to be vaccinated: at the child's own centre, on a day from which the vaccine can be given."""

from __future__ import annotations

import datetime as dt

from clinic.children import booking, family
from clinic.children.booking import Offer
from clinic.people.persons import Listed
from dialogs.booking import choose_session, settle
from dialogs.talk import Desk, Talk


async def book_next(talk: Talk, desk: Desk, child: Listed) -> None:
    """For whatever can be given first; from today on where nothing is to come, since the nurse may know more."""
    today = desk.now().date()
    found = await desk.store.run(family.coming, phone=talk.phone, child=child.id, today=today)
    await book_from(talk, desk, child, min((each.on for each in found), default=today))


async def book_from(talk: Talk, desk: Desk, child: Listed, since: dt.date) -> None:
    """Choose a session from this day on, confirm, book. Who has a place already is told of it."""
    offer = await desk.store.run(booking.offered, child=child.id, since=since, now=desk.now(), channel=talk.channel)
    if offer.held is not None and offer.held.day >= since:
        held = offer.held
        words = {"day": held.day, "half": held.half, "department": held.department, "queue": held.queue}
        await talk.say("vaccine.held", name=child.masked, **words)
    elif offer.centre is None or not offer.sessions:
        await _say_no(talk, desk, offer)
    else:
        if since > desk.now().date():
            await talk.say("vaccine.book_from", day=since)
        chosen = await choose_session(talk, offer.sessions)
        await settle(
            talk,
            desk,
            chosen,
            centre=offer.centre,
            department=offer.departments[chosen.id],
            patient=child.id,
            name=child.masked,
            book=booking.book,
        )


async def _say_no(talk: Talk, desk: Desk, offer: Offer) -> None:
    hotline = desk.installation.hotline
    if offer.centre is None:
        await talk.say("vaccine.no_centre", hotline=hotline)
    elif offer.is_full:
        await talk.say("vaccine.all_full", centre=offer.centre, hotline=hotline)
    else:
        await talk.say("vaccine.none_to_book", centre=offer.centre, hotline=hotline)
