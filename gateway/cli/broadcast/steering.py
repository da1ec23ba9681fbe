"""`caredial broadcast pause`, `resume` and `cancel`."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.broadcast.meant import meant
from gateway.cli.desk import Desk, many, opened, person, with_by
from gateway.cli.opening import with_config
from gateway.cli.problems import Problem
from gateway.cli.progress import progress


@click.command(short_help="Send no more of it for now.")
@click.argument("broadcast", metavar="ID", type=int)
@with_by
@with_config
def pause(broadcast: int, by: str, config: Path | None) -> None:
    """Send no more of a broadcast until `resume`. What a link has already got goes out; everything else stays.

    Its time runs on: what is not sent by the latest moment (`caredial broadcast show`) expires.

    \b
    Example:
        caredial broadcast pause 7
    """
    from clinic.broadcasts import sending  # noqa: PLC0415
    from gateway.cli.broadcast.counting import counted  # noqa: PLC0415

    with opened(config) as desk:
        view = desk.run(sending.pause, broadcast=broadcast, by=person(by), now=desk.now())
        counts = counted(desk, view)
        on_wire = f"{counts['sending']:,} on the wire still go out, " if counts["sending"] else ""
        click.echo(f"broadcast {view.id} is paused: {on_wire}{counts['queued']:,} stay in the outbox")
        latest = f", until {desk.moment(view.expires_at)} at the latest" if view.expires_at else ""
        click.echo(f"It goes on with: caredial broadcast resume {view.id}{latest}")


@click.command(short_help="Go on with a paused one.")
@click.argument("broadcast", metavar="ID", type=int)
@with_by
@with_config
def resume(broadcast: int, by: str, config: Path | None) -> None:
    """Go on sending a paused broadcast.

    \b
    Example:
        caredial broadcast resume 7
    """
    from clinic.broadcasts import sending  # noqa: PLC0415
    from gateway.cli.broadcast.counting import counted  # noqa: PLC0415
    from gateway.cli.broadcast.sending import told  # noqa: PLC0415

    with opened(config) as desk:
        view = desk.run(sending.resume, broadcast=broadcast, by=person(by), now=desk.now())
        click.echo(f"{many(counted(desk, view).left, 'message')} to go. {told(desk, view).capitalize()}")


@click.command(short_help="Send no more of it, ever.")
@click.argument("broadcast", metavar="ID", type=int)
@click.option("--yes", is_flag=True, help="Cancel without asking.")
@with_by
@with_config
def cancel(broadcast: int, yes: bool, by: str, config: Path | None) -> None:
    """Send no more of a broadcast, ever. What a link has already got goes out; nobody can call it back.

    \b
    Examples:
        caredial broadcast cancel 7
        caredial broadcast cancel 7 --yes
    """
    from clinic.broadcasts import sending  # noqa: PLC0415
    from gateway.cli.broadcast.counting import LASTING, counted  # noqa: PLC0415

    with opened(config) as desk:
        view = meant(desk, broadcast)
        if view.state not in LASTING and not yes:
            counts = counted(desk, view)
            click.echo(f"Broadcast {view.id}: {counts.gone:,} have gone, {counts.left:,} would not go any more.")
            click.confirm("Cancel it?", abort=True)
        if view.state != "cancelled":  # else an earlier command was stopped before all of them were marked
            view = desk.run(sending.cancel, broadcast=broadcast, by=person(by), now=desk.now())
        _clear(desk, view.id, counted(desk, view)["queued"])
        counts = counted(desk, view)
        gone = f"{counts.gone - counts['cancelled']:,} had gone before"
        on_wire = f", {counts['sending']:,} on the wire still go out" if counts["sending"] else ""
        click.echo(f"broadcast {view.id} is cancelled: {counts['cancelled']:,} are not sent, {gone}{on_wire}")


def _clear(desk: Desk, broadcast: int, total: int) -> None:
    """Mark what waits; nothing of it is sent any more in any case."""
    from clinic.broadcasts import sending  # noqa: PLC0415

    done = 0
    try:
        with progress("messages cancelled", total) as look:
            while some := desk.run(sending.clear, broadcast=broadcast, now=desk.now()):
                done += some
                look(done)
    except KeyboardInterrupt:
        raise Problem(
            f"broadcast {broadcast} is cancelled and nothing more of it is sent; {done:,} of {total:,} messages are"
            " marked so far, the daemon marks the others"
        ) from None
