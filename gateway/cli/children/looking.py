"""`caredial children look-again`: let the reminders look at everybody anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.children.desk import opened, with_config
from gateway.cli.desk import many
from gateway.cli.progress import progress

if TYPE_CHECKING:
    from clinic.children.schedules import Marked


@click.command("look-again")
@click.option("--centre", metavar="CODE", help="Only this centre's. Default: all centres.")
@with_config
def look_again(centre: str | None, config: Path | None) -> None:
    """Let the reminders look again at all children who are looked after, from today on.

    Each child has the day on which its reminders are looked at next, reckoned by the rules of that time. When a
    schedule in conf/vaccines has changed, restart the daemons (they read it when they start): the job vaccine-reminders
    then sees the change by itself at its next run, and looks at everybody. This command is for when that is not to be
    waited for, and for what the job cannot see: records that were changed in the database by other means. Nobody is
    told twice; what waits to be sent and is not so any more is taken back. `caredial jobs run vaccine-reminders` then
    does the looking.

    It works in batches of 2,000 children, a transaction each: broken off, it is simply given again.

    \b
    Examples:
        caredial children look-again
        caredial children look-again --centre DY
    """
    from clinic.children import schedules  # noqa: PLC0415

    with opened(config) as desk:
        which = desk.centre(centre) if centre else None
        after: int | None = 0
        done = 0
        with progress("children", desk.run(schedules.active, centre=which)) as look:
            while after is not None:
                batch: Marked = desk.run(schedules.look_again, centre=which, after=after, now=desk.now)
                after, done = batch.after, done + batch.count
                look(done)
    click.echo(f"the reminders look again at {many(done, 'child file')} from {desk.today} on")
