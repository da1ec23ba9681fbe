"""`caredial queue`: the queue of a clinic session, as the room and the counter work it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.answers import AS_JSON, YES, confirm
from gateway.cli.desk import Desk, opened, person, with_by
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.problems import Problem

if TYPE_CHECKING:
    from clinic.queue.near import InQueue
    from clinic.vouchers import Checked

SESSION = click.argument("session", metavar="SESSION", type=NUMBER)
VISIT = click.argument("visit", metavar="VISIT", type=NUMBER)
SEE = "see `caredial sessions list` and `caredial visits list`"


@click.group(short_help="Call, pass and look at the queue of a clinic session.")
def queue() -> None:
    """Work the queue of a clinic session of today: call the next, pass over who is not there, take back who is.

    Booked ones and walk-ins wait in one queue. SESSION is a number of `caredial sessions list`, VISIT one of
    `caredial queue show` or `caredial visits list`. How turns are given is told in docs/queue.md.

    \b
    A morning:
        caredial visits walk-in 31 --resident 7      who comes without booking
        caredial queue arrive 812        has booked, and no T-code with them
        caredial queue watch 31          on a screen at the counter
        caredial queue call 31           the next one, please; who was in the room is seen
        caredial queue pass 812          was called, is not there
        caredial queue return 812        is there after all: next after the one now called
        caredial queue transfer 815 --to 32
        caredial queue recall 31         the one who was called last, once more
        caredial queue seen 815          the last one of the morning
    """


@queue.command(short_help="Show a queue.")
@SESSION
@AS_JSON
@with_config
def show(session: int, as_json: bool, config: Path | None) -> None:
    """Show the queue of a clinic session: who is called, who waits, in their order, who was passed over, who may come.

    About: when somebody will be called, in eight of ten cases. Names and phone numbers are masked.

    \b
    Examples:
        caredial queue show 31
        caredial queue show 31 --json | jq '.lines[] | select(.state == "waits") | .queue'
    """
    from gateway.cli import queue_shown  # noqa: PLC0415

    with opened(config) as desk:
        queue_shown.show(desk, _view(desk, session), as_json=as_json)


@queue.command(short_help="Watch a queue on the screen.")
@SESSION
@AS_JSON
@click.option("--every", type=click.FloatRange(1, 600), default=5.0, show_default=True, help="Seconds between looks.")
@with_config
def watch(session: int, as_json: bool, every: float, config: Path | None) -> None:
    """Show a queue and renew it until Ctrl-C; into a pipe, or with --json, whenever something has changed.

    \b
    Examples:
        caredial queue watch 31
        caredial queue watch 31 --every 2 --json | jq -c '[.called, .waiting]'
    """
    from gateway.cli import queue_shown  # noqa: PLC0415

    with opened(config) as desk:

        def looks() -> Any:
            while True:
                yield _view(desk, session)
                time.sleep(every)

        try:
            queue_shown.watch(desk, looks(), as_json=as_json)
        except KeyboardInterrupt:
            click.echo("not watched any more; the queue goes on without you", err=True)


@queue.command(short_help="Call the next one.")
@SESSION
@AS_JSON
@with_by
@with_config
def call(session: int, as_json: bool, by: str, config: Path | None) -> None:
    """Call the next one who is there; who was in the room is marked as seen.

    Whoever has come near by it is told by SMS, once ([notices] queue_near says how many may be before them).

    \b
    Example:
        caredial queue call 31
    """
    from clinic.queue import calling  # noqa: PLC0415
    from gateway.cli import queue_shown  # noqa: PLC0415

    with opened(config) as desk:
        queue_shown.called(_act(desk, calling.call_next, offered=session, by=person(by)), as_json=as_json)


@queue.command(short_help="Call the last one once more.")
@SESSION
@AS_JSON
@with_by
@with_config
def recall(session: int, as_json: bool, by: str, config: Path | None) -> None:
    """Call the one again who was called last; their phone is told, once. Who does not come then: `caredial queue pass`.

    \b
    Example:
        caredial queue recall 31
    """
    from clinic.queue import calling  # noqa: PLC0415
    from gateway.cli import queue_shown  # noqa: PLC0415

    with opened(config) as desk:
        queue_shown.called(_act(desk, calling.recall, offered=session, by=person(by)), as_json=as_json)


@queue.command(short_help="Check somebody in at the counter.")
@VISIT
@AS_JSON
@with_by
@with_config
def arrive(visit: int, as_json: bool, by: str, config: Path | None) -> None:
    """Check somebody in who has booked, and has no T-code with them: look at their card first.

    Who was passed over and comes back is taken back by it, too.

    \b
    Example:
        caredial queue arrive 812
    """
    from clinic import vouchers  # noqa: PLC0415
    from gateway.cli import queue_shown  # noqa: PLC0415

    with opened(config) as desk:
        given = {"visit": visit, "by": person(by), "rules": desk.rules.booking, "now": desk.now()}
        checked = desk.run(vouchers.arrive, **given)
        if checked.outcome not in ("genuine", "returned"):
            why = "not there, or not paid yet" if checked.voucher is None else _why_not(desk, checked)
            raise Problem(f"visit {visit} cannot be checked in: {why}; `caredial visits list` shows what became of it")
        queue_shown.arrived(desk, checked, as_json=as_json)


@queue.command(name="pass", short_help="Pass over who was called and is not there.")
@VISIT
@AS_JSON
@with_by
@with_config
def pass_(visit: int, as_json: bool, by: str, config: Path | None) -> None:
    """Pass over somebody who was called and does not come. They wait outside of the queue, and once they are back come
    right after the one now called: by `caredial queue return`, or by scanning their T-code again at the kiosk.

    \b
    Example:
        caredial queue pass 812
    """
    from clinic.queue import calling  # noqa: PLC0415

    _one(config, calling.pass_over, visit, by, "was passed over", as_json=as_json)


@queue.command(name="return", short_help="Take back who was passed over.")
@VISIT
@AS_JSON
@with_by
@with_config
def return_(visit: int, as_json: bool, by: str, config: Path | None) -> None:
    """Take somebody back who was passed over and is there now: they come right after the one now called.

    \b
    Example:
        caredial queue return 812
    """
    from clinic.queue import calling  # noqa: PLC0415

    _one(config, calling.come_back, visit, by, "waits again, as one of the next", as_json=as_json)


@queue.command(short_help="Mark somebody as seen.")
@VISIT
@AS_JSON
@with_by
@with_config
def seen(visit: int, as_json: bool, by: str, config: Path | None) -> None:
    """Mark somebody who has arrived as seen: the last one, or where nobody is called by `caredial queue call`.

    \b
    Example:
        caredial queue seen 812
    """
    from clinic.queue import calling  # noqa: PLC0415

    _one(config, calling.seen, visit, by, "was seen", as_json=as_json)


@queue.command(short_help="Mark somebody who has arrived as gone.")
@VISIT
@YES
@AS_JSON
@with_by
@with_config
def gone(visit: int, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
    """Mark somebody as gone who has arrived and left before they were seen. It cannot be taken back: who may still come
    is passed over instead. Who never arrives is marked by itself in the evening.

    \b
    Example:
        caredial queue gone 812
    """
    from clinic.queue import calling  # noqa: PLC0415

    with opened(config) as desk:
        question = _ending(desk, visit)
        if question is not None:
            confirm(question, yes=yes, as_json=as_json)
    _one(config, calling.gone, visit, by, "is gone", as_json=as_json)


@queue.command(short_help="Move somebody to another queue.")
@VISIT
@click.option("--to", "to", metavar="SESSION", type=NUMBER, required=True, help="The clinic session to move to.")
@AS_JSON
@with_by
@with_config
def transfer(visit: int, to: int, as_json: bool, by: str, config: Path | None) -> None:
    """Move somebody who is there to another clinic session of the same day and centre: another room, practitioner or
    department. They get a number there, keep the turn of their arrival, and are told by SMS.

    A session that is full gets one place more.

    \b
    Example:
        caredial queue transfer 815 --to 32
    """
    from clinic.queue import transferring  # noqa: PLC0415
    from gateway.cli import queue_shown  # noqa: PLC0415

    with opened(config) as desk:
        moved = _act(desk, transferring.transfer, visit=visit, to=to, by=person(by))
    said = f"visit {visit} waits in session {to} as no. {moved.queue}"
    queue_shown.done(said, as_json=as_json, visit=visit, session=to, queue=moved.queue)


def _one(config: Path | None, act: Any, visit: int, by: str, said: str, *, as_json: bool) -> None:
    """An act on one visit, and who has come near by it."""
    from gateway.cli import queue_shown  # noqa: PLC0415

    with opened(config) as desk:
        near: Sequence[InQueue] = _act(desk, act, visit=visit, by=person(by))
    queue_shown.done(f"visit {visit} {said}", as_json=as_json, visit=visit, near=[each.visit for each in near])
    if not as_json:
        queue_shown.tell_near(near)


def _why_not(desk: Desk, checked: Checked) -> str:
    """Why somebody is not checked in, as staff say it."""
    day = f"it is for {checked.voucher.day}" if checked.voucher else "another day"
    since = f" at {desk.moment(checked.used_at, form='%H:%M')}" if checked.used_at else ""
    words = {"used": f"they were checked in already{since}", "wrong_day": day, "expired": "it is over"}
    return words.get(checked.outcome, checked.outcome.replace("_", " "))


def _ending(desk: Desk, visit: int) -> str | None:
    """What marking this visit as gone does; None where it is refused anyhow."""
    from clinic import listing  # noqa: PLC0415

    line: listing.VisitLine | None = desk.run(listing.visit_line, visit=visit)
    if line is None or line.state != "arrived":
        return None
    place = f"{line.department.text(desk.installation.language)} {line.half}"
    return (
        f"Visit {visit} (no. {line.queue}, {line.name}, {place}) is over then, and was not seen; nothing takes it back."
    )


def _view(desk: Desk, session: int) -> Any:
    from clinic.queue import looking  # noqa: PLC0415
    from clinic.queue.errors import NotInQueue  # noqa: PLC0415

    try:
        return desk.run(looking.view, offered=session, now=desk.now())
    except NotInQueue as error:
        raise Problem(f"{error}; {SEE}") from error


def _act(desk: Desk, act: Any, **given: Any) -> Any:
    from clinic.queue.errors import NotInQueue  # noqa: PLC0415

    try:
        return desk.run(act, rules=desk.rules, installation=desk.installation, now=desk.now(), **given)
    except NotInQueue as error:
        raise Problem(f"{error}; {SEE}") from error
