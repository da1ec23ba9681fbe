"""Which broadcast a command means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clinic.broadcasts.views import BroadcastView
    from gateway.cli.desk import Desk


def meant(desk: Desk, broadcast: int) -> BroadcastView:
    """The one of this number; a Mistake where there is none."""
    from clinic.broadcasts import drafts  # noqa: PLC0415

    view: BroadcastView = desk.run(drafts.get, broadcast=broadcast)
    return view
