"""`caredial messages`: what was told to whom, when, by which way and why."""

from __future__ import annotations

import csv
import datetime as dt
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway.cli.days import day as parsed_day
from gateway.cli.desk import person, with_by
from gateway.cli.numbers import LARGEST, MESSAGE, NUMBER, phone_number
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from clinic.correspondence import Found, Wanted
    from gateway.config import Settings
    from gateway.store import Store

STATES = ("queued", "sending", "sent", "delivered", "failed", "expired", "unknown", "cancelled")
CLASSES = ("code", "answer", "notice", "bulk")
COLUMNS = ("ID", "Written", "Due", "Sent", "Phone", "Person", "Kind", "State", "Since", "Why", "Who", "Segments")
FIRST, LAST = dt.date(2000, 1, 1), dt.date(2999, 12, 31)
LOOK_BACK = 7  # days, where nothing else narrows the search

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Search:
    """What was asked for, as it was written."""

    phone: str | None
    person: str | None
    day: str | None
    since: str | None
    until: str | None
    kind: str | None
    state: Any
    message_class: Any
    broadcast: int | None
    client: str | None


@click.group(short_help="Find what was told to whom, and why.")
def messages() -> None:
    """Find messages of the outbox: what was told to whom, when, what became of it, and where it came from."""


def _with_search(command: Command) -> Command:
    options = (
        click.option("--phone", help="To this phone, in any form of its number."),
        click.option("--person", metavar="WHO", help="About this resident: an identity number, or a number of ours."),
        click.option("--day", help="Written on this day: 2027-03-08, today, yesterday, -3."),
        click.option("--since", metavar="DAY", help="Written on this day or later."),
        click.option("--until", metavar="DAY", help="Written on this day or earlier."),
        click.option("--kind", help="Of this kind, as remind.eve_sms; --kinds lists them."),
        click.option("--state", type=click.Choice(STATES), help="What has become of them."),
        click.option("--class", "message_class", type=click.Choice(CLASSES), help="Of this class."),
        click.option("--broadcast", type=NUMBER, metavar="ID", help="Of this broadcast."),
        click.option("--client", metavar="NAME", help="Queued by this program."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@messages.command(short_help="Find messages, the newest first.")
@_with_search
@click.option("--kinds", is_flag=True, help="List the kinds of the last 30 days instead, with how many of each.")
@click.option("--before", type=MESSAGE, metavar="ID", help="The next page: those before this number.")
@click.option("--most", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many at most.")
@click.option("--shown", is_flag=True, help="Show phones and names in full. It is written down who has seen them.")
@click.option("--json", "form", flag_value="json", help="For programs: a JSON document a line.")
@click.option("--csv", "form", flag_value="csv", help="For a spreadsheet.")
@with_by
@with_config
def find(
    kinds: bool,
    before: int | None,
    most: int,
    shown: bool,
    form: str | None,
    by: str,
    config: Path | None,
    **given: Any,
) -> None:
    """Find messages: when each was written and fell due, what became of it, where it came from. The newest first.

    Sent: when it was last given to a link. Since: since when it is in its state (sent, delivered, failed, ...). Why: a
    booking, a notice that came by itself, a reply, a broadcast, a program, a notice to staff. Segments: link and id at
    the SMS centre, and what the receipt said. Phones and names are masked. Without --phone, --person, --broadcast or
    --client the last 7 days are looked through, unless --day, --since or --until say otherwise.

    \b
    Examples:
        caredial messages find --phone 15400000001
        caredial messages find --person 110101195808142424 --since -30
        caredial messages find --day yesterday --state failed
        caredial messages find --kind remind.eve_sms --day today --csv > told.csv
        caredial messages find --broadcast 7 --state unknown --json | jq -r .error
    """
    settings = read_settings(config)
    zone = settings.installation.timezone
    now = dt.datetime.now(zone)
    with opened_store(settings) as store:
        if kinds:
            _show_kinds(store, now)
            return
        wanted = _wanted(Search(**given), store, settings, now)
        found = _found(store, wanted, before, most, by if shown else None, now)
    _write(found, form, zone)
    if len(found) == most and form is None:
        click.echo(f"there may be more: --before {found[-1].id} shows the next {most}", err=True)


@messages.command(short_help="Show a message with its text.")
@click.argument("message", metavar="ID", type=MESSAGE)
@click.option("--shown", is_flag=True, help="Show phone and name in full.")
@with_by
@with_config
def show(message: int, shown: bool, by: str, config: Path | None) -> None:
    """Show a message with its whole text. It is written down who has seen it; the text of a code is never shown.

    \b
    Example:
        caredial messages show 4711
    """
    from clinic import correspondence  # noqa: PLC0415

    settings = read_settings(config)
    zone = settings.installation.timezone
    with opened_store(settings) as store:
        line = store.run_now(correspondence.get, message=message, shown=shown)
        text = store.run_now(correspondence.text_of, message=message)
        if line is None or text is None:
            raise Problem(f"there is no message {message}; `caredial messages find` shows them")
        what, now = "read_shown" if shown else "read", dt.datetime.now(zone)
        store.run_now(correspondence.note_shown, messages=[message], what=what, by=person(by), now=now)
    for name, value in _details(line, zone):
        click.echo(f"{name + ':':<12} {value}")
    click.echo()
    click.echo(text or "(a code: its text is not shown)")


def _found(
    store: Store, wanted: Wanted, before: int | None, most: int, by: str | None, now: dt.datetime
) -> Sequence[Found]:
    """`by`: who sees phones and names in full, None where nobody does."""
    from clinic import correspondence  # noqa: PLC0415

    found = store.run_now(correspondence.find, wanted=wanted, before=before, most=most, shown=by is not None)
    if by is not None:
        seen = [line.id for line in found]
        store.run_now(correspondence.note_shown, messages=seen, what="shown", by=person(by), now=now)
    return found


def _wanted(search: Search, store: Store, settings: Settings, now: dt.datetime) -> Wanted:
    from clinic import clients, correspondence  # noqa: PLC0415

    since, until = _span(search, now)
    if search.client is not None:
        names = [client.name for client in store.run_now(clients.listed)]
        if search.client not in names:
            raise Mistake(f"--client: there is no program {search.client}; there are: {', '.join(names) or 'none'}")
    return correspondence.Wanted(
        phone=None if search.phone is None else phone_number(search.phone, settings.installation.region, "--phone"),
        resident=None if search.person is None else _resident(search.person, store, settings),
        since=since,
        until=until,
        kind=search.kind,
        state=search.state,
        message_class=search.message_class,
        broadcast=search.broadcast,
        client=search.client,
    )


def _span(search: Search, now: dt.datetime) -> tuple[dt.datetime | None, dt.datetime | None]:
    """The days that were asked for, as moments; the last week where nothing narrows the search."""
    if search.day and (search.since or search.until):
        raise Mistake("--day: give either a day, or --since and --until")
    first, last = search.day or search.since, search.day or search.until
    options = ("--day", "--day") if search.day else ("--since", "--until")
    narrow = search.phone or search.person or search.broadcast is not None or search.client
    if not (first or last or narrow):
        first = f"-{LOOK_BACK - 1}"
    since = None if first is None else _midnight(_day(first, now, options[0]), now)
    until = None if last is None else _midnight(_day(last, now, options[1]) + dt.timedelta(days=1), now)
    if since and until and until <= since:
        raise Mistake("--until: that is before --since")
    return since, until


def _day(written: str, now: dt.datetime, option: str) -> dt.date:
    """None was written before the first or after the last: there is room around them for an hour, and for zones."""
    return min(max(parsed_day(written, now.date(), option), FIRST), LAST)


def _midnight(day: dt.date, now: dt.datetime) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=now.tzinfo)


def _resident(written: str, store: Store, settings: Settings) -> int:
    """An identity number never gets into a message: the terminal may be somebody else's to read."""
    from clinic import residents  # noqa: PLC0415
    from clinic.errors import BadIdentity  # noqa: PLC0415
    from gateway.keys import open_vault  # noqa: PLC0415

    if written.isdigit() and len(written) < 12:
        if int(written) > LARGEST:
            raise Mistake(f"--person: no resident has the number {written}")
        return int(written)
    try:
        digest = open_vault(settings).seal(written).digest
    except BadIdentity as error:
        raise Mistake("--person: that is neither an identity number nor a resident's number") from error
    found = store.run_now(residents.by_digest, digest=digest)
    if found is None:
        raise Problem("nobody with this identity number is on record")
    return found


# What is shown


def _show_kinds(store: Store, now: dt.datetime) -> None:
    from clinic import correspondence  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    rows = store.run_now(correspondence.kinds, now=now)
    show(("Kind", "Messages"), [(kind, f"{many:,}") for kind, many in rows], title=f"{len(rows)} kinds, last 30 days")


def _write(found: Sequence[Found], form: str | None, zone: ZoneInfo) -> None:
    if form == "json":
        for line in found:
            click.echo(json.dumps(_document(line, zone), ensure_ascii=False))
    elif form == "csv":
        _write_csv(found, zone)
    else:
        _show(found, zone)


def _document(line: Found, zone: ZoneInfo) -> dict[str, Any]:
    """As `Found`, moments in the centres' time."""
    document = asdict(line)
    for name in ("created_at", "due_at", "expires_at", "claimed_at", "settled_at"):
        if document[name] is not None:
            document[name] = document[name].astimezone(zone).isoformat(timespec="seconds")
    return document


def _write_csv(found: Sequence[Found], zone: ZoneInfo) -> None:
    names = list(_HEADINGS)
    out = csv.writer(sys.stdout)
    out.writerow(names)
    for line in found:
        document = _document(line, zone)
        document["segments"] = " ".join(_segments(line))
        out.writerow([document[name] for name in names])


_HEADINGS = (
    "id", "created_at", "due_at", "expires_at", "claimed_at", "settled_at", "phone", "person", "kind", "message_class",
    "channel", "state", "error", "attempts", "source", "about", "who", "segments",
)  # fmt: skip


def _show(found: Sequence[Found], zone: ZoneInfo) -> None:
    from gateway.cli.tables import show  # noqa: PLC0415

    rows = [
        (
            line.id,
            _at(line.created_at, zone),
            _at(line.due_at, zone, beside=line.created_at),
            _at(line.claimed_at, zone),
            line.phone if line.channel == "sms" else f"{line.phone} (call)",
            line.person,
            line.kind or line.message_class,
            f"{line.state}: {line.error}" if line.error else line.state,
            _at(line.settled_at, zone),
            _why(line),
            line.who,
            "\n".join(_segments(line)),
        )
        for line in found
    ]
    show(COLUMNS, rows, title=f"{len(rows)} messages")


def _details(line: Found, zone: ZoneInfo) -> list[tuple[str, str]]:
    return [
        ("message", str(line.id)),
        ("phone", line.phone + (" (call)" if line.channel == "voice" else "")),
        ("person", line.person or "-"),
        ("kind", line.kind or "-"),
        ("class", line.message_class),
        ("why", _why(line) + (f", by {line.who}" if line.who else "")),
        ("written", _at(line.created_at, zone)),
        ("due", _at(line.due_at, zone)),
        ("sent", _at(line.claimed_at, zone) or "-"),
        ("expires", _at(line.expires_at, zone)),
        ("state", line.state + (f" since {_at(line.settled_at, zone)}" if line.settled_at else "")),
        ("error", line.error or "-"),
        ("attempts", str(line.attempts)),
        ("segments", "; ".join(_segments(line)) or "-"),
    ]


def _why(line: Found) -> str:
    return f"{line.source} {line.about}".strip()


def _segments(line: Found) -> list[str]:
    return [
        f"{part.number} {part.link} {part.smsc_id} {part.state}" + (f" {part.error}" if part.error else "")
        for part in line.segments
    ]


def _at(moment: dt.datetime | None, zone: ZoneInfo, *, beside: dt.datetime | None = None) -> str:
    """A moment in the centres' time; "at once" where it is that `beside` it."""
    if moment is None:
        return ""
    return "at once" if moment == beside else f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
