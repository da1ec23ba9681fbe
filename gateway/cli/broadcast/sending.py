"""`caredial broadcast send` and `approve`: from the invoice to messages in the outbox."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.broadcast.meant import meant
from gateway.cli.broadcast.previewing import made
from gateway.cli.broadcast.starting import start_of
from gateway.cli.desk import Desk, many, opened, person, some, with_by
from gateway.cli.opening import with_config
from gateway.cli.problems import Problem
from gateway.cli.progress import progress

if TYPE_CHECKING:
    from clinic.broadcasts.views import BroadcastView, Invoice, Progress


@click.command(short_help="Send it, now or at a time.")
@click.argument("broadcast", metavar="ID", type=int)
@click.option("--at", metavar="TIME", help="Not before then: '2026-12-01 09:00', or 09:00. Default: at once.")
@click.option("--yes", is_flag=True, help="Send without asking.")
@with_by
@with_config
def send(broadcast: int, at: str | None, yes: bool, by: str, config: Path | None) -> None:
    """Send a draft: show the invoice's totals, ask, then write its messages into the outbox, from where they go.

    The figures of this moment are kept as its invoice, for `report`. Above [broadcasts] approve_above recipients it
    waits for `caredial broadcast approve` by somebody else. Ctrl-C, or a machine that goes down, loses nothing and
    doubles nothing: run the command again, or leave the rest to the daemon, which finishes what has begun.

    \b
    Examples:
        caredial broadcast send 7
        caredial broadcast send 7 --at '2026-12-01 09:00' --yes
    """
    with opened(config) as desk:
        view = meant(desk, broadcast)
        if view.state == "preparing":
            click.echo(f"broadcast {view.id} was begun: {view.written:,} of {view.recipients or 0:,} are written")
        else:
            _begin(desk, view, at, by=person(by), yes=yes)
        _write(desk, view)
        click.echo(told(desk, meant(desk, broadcast)))


def _begin(desk: Desk, view: BroadcastView, at: str | None, *, by: str, yes: bool) -> None:
    from clinic.broadcasts import sending  # noqa: PLC0415

    if view.state != "draft":
        raise Problem(f"it was sent already: {told(desk, view)}")
    invoice = made(desk, view, start_of(at, desk))
    if not invoice.recipients:
        raise Problem(f"nobody would get it; `caredial broadcast preview {view.id}` tells why")
    click.echo("\n".join(summary(desk, view, invoice, later=at is not None)))
    if not yes:
        click.confirm("Send it?", abort=True)
    desk.run(sending.begin, invoice=invoice, by=by, now=desk.now())


def summary(desk: Desk, view: BroadcastView, invoice: Invoice, *, later: bool) -> list[str]:
    """What is about to happen, in a few lines."""
    from gateway.cli.broadcast.figures import approval, totals  # noqa: PLC0415

    starts = desk.moment(invoice.start_at) if later else "at once"
    ends = (
        f"ends about {desk.moment(invoice.ends_at)}" if invoice.ends_at else "and nobody knows how fast the links are"
    )
    lines = [
        f"Broadcast {view.id}: {some(view.title)}",
        f"  {totals(invoice.bill, invoice.recipients)}",
        f"  starts {starts}, {ends}",
    ]
    waiting = sum(wait.recipients for wait in invoice.waits)
    if waiting:
        until = max(wait.until for wait in invoice.waits)
        lines.append(f"  {many(waiting, 'recipient')} must wait for quiet hours to end, until {desk.moment(until)}")
    return [*lines, *([f"  {approval(desk, invoice)}"] if invoice.approval else [])]


def _write(desk: Desk, view: BroadcastView) -> None:
    """Chunk after chunk; whoever interrupts it hears what becomes of the rest."""
    from clinic.broadcasts import sending  # noqa: PLC0415

    done: Progress | None = None
    given = {"rules": desk.rules, "links": desk.links, "installation": desk.installation}
    try:
        with progress("messages written", meant(desk, view.id).recipients) as look:
            while done is None or not done.done:
                ahead = desk.run(sending.look_ahead, broadcast=view.id)
                done = desk.run(sending.write_some, broadcast=view.id, now=desk.now(), ahead=ahead, **given)
                look(done.written)
    except KeyboardInterrupt:
        written = meant(desk, view.id).written
        raise Problem(
            f"stopped: {written:,} messages are written. Run the command again to go on; the daemon goes on with it in"
            f" any case while it runs. To send no more of it: caredial broadcast cancel {view.id}"
        ) from None


@click.command(short_help="Give a second person's leave.")
@click.argument("broadcast", metavar="ID", type=int)
@click.option("--yes", is_flag=True, help="Approve without asking.")
@with_by
@with_config
def approve(broadcast: int, yes: bool, by: str, config: Path | None) -> None:
    """Approve a broadcast that waits for it: it goes out. It takes another person than the one who has sent it.

    Who you are is your login name, or --by NAME where several people share a login. The name is told, not proven; it
    stands in the audit trail, together with the one who sent it.

    \b
    Examples:
        caredial broadcast approve 7
        caredial broadcast approve 7 --by 'Dr Wang'
    """
    from clinic.broadcasts import sending  # noqa: PLC0415

    with opened(config) as desk:
        view = meant(desk, broadcast)
        if view.needs_approval:
            invoice = made(desk, view, None)
            click.echo("\n".join([*summary(desk, view, invoice, later=True)[:-1], f"  sent by {view.sent_by}"]))
            if not yes:
                click.confirm("Approve it?", abort=True)
        desk.run(sending.approve, broadcast=broadcast, by=person(by), now=desk.now())
        click.echo(told(desk, meant(desk, broadcast)))


def told(desk: Desk, view: BroadcastView) -> str:
    """What state it is in, and what to do about it."""
    started = view.start_at is None or view.start_at <= desk.now()
    states = {
        "draft": ("is a draft", "send"),
        "preparing": ("is being written into the outbox", "watch"),
        "waiting": (f"waits for the leave of somebody else than {view.sent_by}", "approve"),
        "sending": ("is being sent" if started else f"starts at {desk.moment(view.start_at)}", "watch"),
        "paused": ("is paused", "resume"),
        "done": ("is done", "report"),
        "cancelled": ("is cancelled", "report"),
    }
    what, command = states[view.state]
    return f"broadcast {view.id} {what}; next: caredial broadcast {command} {view.id}"
