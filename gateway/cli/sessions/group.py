"""The group `caredial sessions`."""

from __future__ import annotations

import click

from gateway.cli.sessions.changing import move, stop
from gateway.cli.sessions.holders import close, experts, open_, substitute
from gateway.cli.sessions.listing import list_
from gateway.cli.sessions.places import capacity, shares
from gateway.cli.sessions.roster import make, templates
from gateway.cli.sessions.waiting import waiting


@click.group(short_help="Clinic sessions: roster, places, stops and moves.")
def sessions() -> None:
    """Look at clinic sessions, and change them: the weekly roster that they are made from, their places, who holds
    them; stop one, or move it. Whoever has booked it is told.

    \b
    Examples:
        caredial sessions list --day tomorrow
        caredial sessions templates list --centre DY
        caredial sessions shares 31 --set "onsite=30%:5-"
        caredial sessions substitute 31 DY-QK-2
        caredial sessions waiting 31
        caredial sessions stop 31 --reason 医生外出
    """


for command in (
    list_, templates, make, shares, capacity, substitute, experts, open_, close, waiting, stop, move,
):  # fmt: skip
    sessions.add_command(command)
