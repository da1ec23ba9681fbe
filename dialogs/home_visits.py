"""Asking for a home visit: who, from which centre; confirmed, then written once. Staff call back for the rest."""

from __future__ import annotations

from clinic import home_visits
from clinic.errors import ClinicError
from dialogs.centres import choose_centre
from dialogs.residents import choose_person
from dialogs.talk import Choice, Desk, Talk


class NobodyComes(ClinicError):
    """There is no centre."""

    tell = "home.nobody"


async def request_home_visit(talk: Talk, desk: Desk) -> None:
    """Ask for whom and from where, confirm it, note it; staff are told by SMS."""
    patient, name = await choose_person(talk, desk, "home.who")
    centre = await choose_centre(talk, desk)
    if centre is None:
        raise NobodyComes
    options = [Choice("yes", "home.yes"), Choice("no", "home.no")]
    if await talk.choose("home.confirm", options, name=name, centre=centre.name) == "no":
        await talk.say("home.not_requested")
        return
    noted = await desk.store.run(
        home_visits.request,
        patient=patient,
        centre=centre.id,
        phone=talk.phone,
        language=talk.language,
        occasion=talk.occasion,
        installation=desk.installation,
        now=desk.now(),
    )
    await talk.say("home.requested", centre=noted.centre)
