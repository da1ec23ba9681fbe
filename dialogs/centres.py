"""Choosing a centre, for whatever needs one."""

from __future__ import annotations

from clinic import centres
from clinic.views import CentreView
from dialogs.talk import Choice, Desk, Talk


async def choose_centre(talk: Talk, desk: Desk) -> CentreView | None:
    """The last used or nearest comes first; a lone centre is not asked for, and None where there is none."""
    found = await desk.store.run(centres.nearest, phone=talk.phone)
    if len(found) < 2:
        return found[0] if found else None
    options = [Choice(centre.id, "visit.centre_item", {"centre": centre.name}) for centre in found]
    chosen = await talk.choose("visit.centre", options)
    return next(centre for centre in found if centre.id == chosen)
