"""`caredial staff`: who is on duty, what they are told, and who has not acknowledged it."""

from __future__ import annotations

import datetime as dt
import getpass
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway.cli import staff_shown as shown
from gateway.cli.days import day as parsed_day
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from clinic.staff.notices import Draft
    from clinic.staff.people import Among
    from gateway.config import Settings
    from gateway.store import Store

MOST_SHOWN = 20
SHIFTS = ("am", "pm", "night")  # as in clinic.staff.people, which --help need not load
NUMBER = click.argument("notice", metavar="ID", type=int)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document a line.")
YES = click.option("--yes", is_flag=True, help="Send without asking.")

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(short_help="Tell staff something, and see who has acknowledged it.")
def staff() -> None:
    """List the centres' staff by roster; send them notices, and see who has not acknowledged them.

    Staff answer with an SMS to the service number: 收到12, OK 12, or OK alone where one notice waits. Staff and roster
    come from files: `caredial import staff`, `caredial import roster`.

    \b
    Examples:
        caredial staff list --on-duty today
        caredial staff notify '16:00 全体培训' --centre NH --on-duty today
        caredial staff notice 12
        caredial staff remind 12
    """


def with_choice(command: Command) -> Command:
    """Gives a command the options that choose among the staff."""
    for option in (
        click.option("--shift", type=click.Choice(SHIFTS), help="With --on-duty: only in this part of the day."),
        click.option(
            "--on-duty", metavar="DAY", help="Only on the roster of a date (2027-03-08), today, tomorrow, +3."
        ),
        click.option("--code", "codes", metavar="CODE", multiple=True, help="Only this member; may be repeated."),
        click.option("--role", "roles", metavar="ROLE", multiple=True, help="Only this role; may be repeated."),
        click.option("--centre", "centres", metavar="CODE", multiple=True, help="Only this centre's; may be repeated."),
    ):
        command = option(command)
    return command


@staff.command(name="list")
@with_choice
@click.option("--left-too", is_flag=True, help="Also those who work here no more.")
@AS_JSON
@with_config
def list_(left_too: bool, as_json: bool, config: Path | None, **choice: Any) -> None:
    """List the staff, by centre and role. Phone numbers are masked. On duty: the parts of the day asked for.

    \b
    Examples:
        caredial staff list
        caredial staff list --centre NH --role doctor
        caredial staff list --on-duty tomorrow --shift night
    """
    from clinic.staff import people  # noqa: PLC0415

    settings = read_settings(config)
    among = replace(_among(settings, **choice), left_too=left_too)
    with opened_store(settings) as store:
        _refuse_unknown(store, among)
        found = store.run_now(people.found, among=among)
    language = settings.installation.language
    if as_json:
        shown.print_documents(shown.member_document(member, language) for member in found)
    else:
        shown.members(found, language, title=f"{len(found)} staff")


@staff.command()
@click.argument("text")
@with_choice
@click.option("--all", "everybody", is_flag=True, help="All staff of all centres.")
@YES
@AS_JSON
@with_config
def notify(text: str, everybody: bool, yes: bool, as_json: bool, config: Path | None, **choice: Any) -> None:
    """Send TEXT (- reads it from standard input) to members of the staff, and ask each to acknowledge it.

    What is sent ends with how to answer: the notice's number, so that several do not mix. First it shows who would be
    told. A phone that several share is told once. The daemon sends it, at any hour.

    \b
    Examples:
        caredial staff notify '16:00 全体培训' --all
        caredial staff notify '发热门诊需支援一人' --centre NH --role doctor --on-duty today --shift pm
        caredial staff notify 'Please call the front desk' --code DY-QK-1 --yes
    """
    from clinic.staff import notices  # noqa: PLC0415

    settings = read_settings(config)
    among = _among(settings, **choice)
    if everybody == bool(among.centres or among.roles or among.codes or among.day):
        raise Mistake("say who: --all, or some of --centre, --role, --code, --on-duty")
    if as_json and not yes:
        raise Mistake("--json asks nothing: it needs --yes")
    words = sys.stdin.read() if text == "-" else text
    place = settings.installation
    with opened_store(settings) as store, _told():
        _refuse_unknown(store, among)
        draft = store.run_now(notices.draft, among=among, text=words, language=place.language)
        if not as_json:
            _show_draft(settings, draft)
        if not yes:
            click.confirm("Send it?", abort=True)
        sent = store.run_now(
            notices.notify,
            staff=[member.id for member in draft.members],
            text=words,
            by=_operator(),
            language=place.language,
            now=dt.datetime.now(place.timezone),
        )
    if as_json:
        shown.print_documents([shown.sent_document(settings, sent)])
    else:
        click.echo(f"notice {sent.notice} is on its way; `caredial staff notice {sent.notice}` shows who has answered")


@staff.command(name="notices")
@click.option("--open", "opened", is_flag=True, help="Only those that are not closed.")
@click.option("--most", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many at most.")
@AS_JSON
@with_config
def notices_(opened: bool, most: int, as_json: bool, config: Path | None) -> None:
    """List the notices, the newest first, each with how many have acknowledged it.

    \b
    Examples:
        caredial staff notices --open
        caredial staff notices --json | jq -r 'select(.acknowledged < .recipients) | .notice'
    """
    from clinic.staff import looking  # noqa: PLC0415

    settings = read_settings(config)
    with opened_store(settings) as store:
        found = store.run_now(looking.listed, opened=opened, most=most)
    if as_json:
        shown.print_documents(shown.notice_document(settings, line) for line in found)
    else:
        shown.notices(settings, found)
        if len(found) == most:
            click.echo(f"only the newest {most} are shown; --most shows more", err=True)


@staff.command()
@NUMBER
@AS_JSON
@with_config
def notice(notice: int, as_json: bool, config: Path | None) -> None:
    """Show who has acknowledged a notice, when and with which words; first those who have not.

    Message: what became of the last one to this phone. Asked: how often, reminders among it.

    \b
    Examples:
        caredial staff notice 12
        caredial staff notice 12 --json | jq -r '.recipients[] | select(.acknowledged_at == null) | .name'
    """
    from clinic.staff import looking  # noqa: PLC0415

    settings = read_settings(config)
    with opened_store(settings) as store:
        found = store.run_now(looking.one, notice=notice)
    if found is None:
        raise _no_such(notice)
    line, recipients = found
    if as_json:
        told = [shown.recipient_document(settings, each) for each in recipients]
        shown.print_documents([shown.notice_document(settings, line) | {"recipients": told}])
    else:
        shown.notice(settings, line, recipients)


@staff.command()
@NUMBER
@YES
@AS_JSON
@with_config
def remind(notice: int, yes: bool, as_json: bool, config: Path | None) -> None:
    """Send a notice once more to those who have not acknowledged it, at the phone that they have now.

    Left out is who works here no more, and whose last message is still to be sent: it would come twice.

    \b
    Example:
        caredial staff remind 12
    """
    from clinic.staff import notices  # noqa: PLC0415

    settings = read_settings(config)
    place = settings.installation
    if as_json and not yes:
        raise Mistake("--json asks nothing: it needs --yes")
    with opened_store(settings) as store, _told():
        if not yes:
            many = store.run_now(notices.to_remind, notice=notice)
            click.confirm(f"Remind {many} of the staff of notice {notice}?", abort=True)
        now = dt.datetime.now(place.timezone)
        sent = store.run_now(notices.remind, notice=notice, language=place.language, now=now)
    if as_json:
        shown.print_documents([shown.sent_document(settings, sent)])
    else:
        click.echo(f"{sent.members} staff are reminded, {shown.cost(settings, sent.phones, sent.text)}")


@staff.command()
@NUMBER
@with_config
def close(notice: int, config: Path | None) -> None:
    """No more acknowledgements of a notice are wanted: who still sends one is thanked, and told that it is closed.

    \b
    Example:
        caredial staff close 12
    """
    from clinic.staff import notices  # noqa: PLC0415

    settings = read_settings(config)
    now = dt.datetime.now(settings.installation.timezone)
    with opened_store(settings) as store:
        if not store.run_now(notices.close, notice=notice, now=now):
            raise _no_such(notice, "open ")
    click.echo(f"notice {notice} is closed")


def _among(settings: Settings, *, on_duty: str | None, shift: Any, centres: Any, roles: Any, codes: Any) -> Among:
    """The choice, as the options have it; roles are kept in small letters."""
    from clinic.staff.people import Among  # noqa: PLC0415

    if shift is not None and on_duty is None:
        raise Mistake("--shift: of which day? Say --on-duty DAY too")
    today = dt.datetime.now(settings.installation.timezone).date()
    return Among(
        centres=centres,
        roles=tuple(role.casefold() for role in roles),
        codes=codes,
        day=None if on_duty is None else parsed_day(on_duty, today, "--on-duty"),
        shift=shift,
    )


def _refuse_unknown(store: Store, among: Among) -> None:
    from clinic.staff import people  # noqa: PLC0415

    problems = store.run_now(people.unknown, among=among)
    if problems:
        raise Mistake("\n".join(problems))


def _show_draft(settings: Settings, draft: Draft) -> None:
    shown.members(draft.members[:MOST_SHOWN], settings.installation.language, title="who will be told")
    if len(draft.members) > MOST_SHOWN:
        click.echo(f"and {len(draft.members) - MOST_SHOWN} more")
    click.echo(f"{draft.text}\n{len(draft.members)} staff, {shown.cost(settings, draft.phones, draft.text)}")


def _operator() -> str:
    """Who types this; in a container a user may have no name."""
    try:
        return getpass.getuser()[:60]
    except (KeyError, OSError):
        return f"user {os.getuid()}"


@contextmanager
def _told() -> Iterator[None]:
    """What cannot be sent, in words."""
    from clinic.staff.notices import BadNotice, NoSuchNotice  # noqa: PLC0415

    try:
        yield
    except BadNotice as error:
        raise Problem(str(error)) from error
    except NoSuchNotice as error:
        raise _no_such(error.args[0], "open ") from error


def _no_such(notice: int, which: str = "") -> Problem:
    return Problem(f"there is no {which}notice {notice}; `caredial staff notices` shows them")
