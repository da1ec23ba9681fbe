"""`caredial smpp send`: one text to one phone, as an SMS from the outbox or as USSD at once."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args
from uuid import uuid4

import click

from gateway.cli.control import NotRunning, connected
from gateway.cli.following import follow
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake, Problem
from gateway.cli.smpp.links import link_of
from smpp.kinds import MessageClass
from smpp.masking import masked

if TYPE_CHECKING:
    from clinic.listing import MessageLine
    from gateway.config import Settings
    from gateway.store import Store
    from smpp.settings import LinkSettings


@click.command(short_help="Send a text to a phone, and follow it.")
@click.argument("phone")
@click.argument("text")
@click.option("--link", metavar="NAME", default="", help="Over this link alone. Default: as the routing chooses.")
@click.option(
    "--class",
    "message_class",
    type=click.Choice(get_args(MessageClass)),
    default="notice",
    show_default=True,
    help="What it is: links may carry only some classes.",
)
@click.option("--preview", is_flag=True, help="Only tell how it would be sent.")
@click.option("--yes", is_flag=True, help="Send without asking.")
@click.option("--no-wait", is_flag=True, help="Do not follow it.")
@click.option("--ussd", is_flag=True, help="Show it on the phone's screen at once (USSD notice), not as an SMS.")
@click.option("--ask", is_flag=True, help="Ask it on the phone's screen (USSD request), and print the answer.")
@with_config
def send(
    phone: str,
    text: str,
    link: str,
    message_class: MessageClass,
    preview: bool,
    yes: bool,
    no_wait: bool,
    ussd: bool,
    ask: bool,
    config: Path | None,
) -> None:
    """Send TEXT (- reads it from standard input) to PHONE, by SMS or by USSD.

    First it tells the link, the encoding, the segments and the price. An SMS is written to the outbox, which the
    daemon sends from, and followed until it is delivered or has failed; Ctrl-C stops only the following. USSD needs
    the running daemon and a phone that is switched on. Exits with 1 if it failed.

    \b
    Examples:
        caredial smpp send 13800138000 'The centre is closed tomorrow.' --preview
        caredial smpp send 13800138000 '明天上午请来打疫苗' --link main --yes
        caredial smpp send 13800138000 'Will you come tomorrow? 1 yes 2 no' --ask
    """
    from clinic.phones import BadPhone, canonical  # noqa: PLC0415

    if ussd and ask:
        raise Mistake("--ussd shows a text, --ask asks one; leave one of the two out")
    settings = read_settings(config)
    try:
        number = canonical(phone, settings.installation.region)
    except BadPhone as error:
        raise Mistake(f"{phone}: {error}") from error
    words = sys.stdin.read().rstrip("\r\n") if text == "-" else text
    if not words.strip():
        raise Mistake("the text is empty")
    if "\0" in words:
        raise Mistake("the text has a NUL character in it, which no SMS can carry")
    if ussd or ask:
        _push(settings, number, words, link=link, ask=ask, preview=preview, yes=yes)
        return
    told_link = chosen(settings, number, message_class, link)
    click.echo(previewed(told_link, settings.smpp.links[told_link], number, words))
    if preview:
        return
    if not yes:
        click.confirm("Send it?", abort=True)
    with opened_store(settings) as store:
        occasion = _write(store, number, words, message_class, link)
        if not no_wait:
            Following(store, occasion, settings).follow()


# Over which link, and how


@dataclass(slots=True)
class Candidate:
    """A link as `smpp.routing` wants to know it."""

    name: str
    settings: LinkSettings
    may_submit: bool = True
    throttled: bool = False
    queued: int = 0


def chosen(settings: Settings, phone: str, message_class: MessageClass, only: str) -> str:
    """The link that the routing would choose now; with no daemon, or with all links down, as if all were up."""
    from smpp import routing  # noqa: PLC0415

    only = only or settings.sms.link
    if only:
        link_of(settings, only)
    for candidates in (_now(settings), [Candidate(name, each) for name, each in settings.smpp.links.items()]):
        link = routing.choose(candidates, destination=phone, message_class=message_class, only=only)
        if link is not None:
            return link.name
    raise Problem(
        f"no link carries class {message_class} to this number"
        f"{f' over {only}' if only else ''}: see prefixes, classes and bind of [smpp.links.NAME]"
    )


def _now(settings: Settings) -> list[Candidate]:
    try:
        with connected(settings) as control:
            found = control.links()
    except NotRunning as error:
        click.echo(f"{error.message}; until then the text waits in the outbox", err=True)
        return []
    except Problem as error:
        click.echo(error.message, err=True)
        return []
    candidates = [
        Candidate(
            link["name"],
            settings.smpp.links[link["name"]],
            may_submit=any(bind["state"].startswith("bound") and bind["mode"] != "receiver" for bind in link["binds"]),
            throttled=link["throttled"],
            queued=link["queued"],
        )
        for link in found
        if link["name"] in settings.smpp.links
    ]
    if not any(candidate.may_submit for candidate in candidates):
        click.echo("no link is up now: the text waits for one in the outbox", err=True)
    return candidates


def previewed(name: str, link: LinkSettings, phone: str, text: str) -> str:
    """How a text would go: `to +86138****8000 over main: gsm7, 12 units, 1 segment, price 0.05`."""
    from smpp import messages  # noqa: PLC0415
    from smpp.segments import TextTooLong  # noqa: PLC0415

    try:
        found = messages.preview(link, text)
    except TextTooLong as error:
        raise Mistake(f"the text is too long: {error}") from error
    segments = f"{found.segments} segment{'s' if found.segments > 1 else ''}"
    price = f", price {found.cost}" if link.price else ""
    return f"to {masked(phone)} over {name}: {found.encoding}, {found.units} units, {segments}{price}"


# By SMS


def _write(store: Store, phone: str, text: str, message_class: MessageClass, link: str) -> str:
    from clinic import messages  # noqa: PLC0415

    occasion = f"cli:{uuid4()}"
    store.run_now(
        messages.tell_text,
        occasion=occasion,
        phone=phone,
        text=text,
        message_class=message_class,
        link=link or None,
        channel="sms",
        now=dt.datetime.now(dt.UTC),
    )
    return occasion


class Following:
    """Tells each change of a message as it happens."""

    def __init__(self, store: Store, occasion: str, settings: Settings) -> None:
        self._store, self._occasion, self._settings = store, occasion, settings
        self._told: set[str] = set()

    def follow(self) -> None:
        """Until its last state; Problem where it failed. Ctrl-C leaves it alone."""
        follow(self._store, self._occasion, self._over)

    def _over(self, message: MessageLine) -> bool:
        for segment in message.segments:
            why = f" ({segment.error})" if segment.error and segment.state not in {"delivered", "enroute"} else ""
            self._tell(f"segment {segment.number} over {segment.link}, id {segment.smsc_id}: {segment.state}{why}")
        if message.state in {"failed", "expired"}:
            raise Problem(f"{message.state}: {message.error or 'not sent in time'}")
        waits = f": {message.error}, again at {message.due_at.astimezone():%H:%M:%S}"
        self._tell(message.state + (waits if message.state == "queued" and message.error else ""))
        return message.state == "delivered" or (message.state == "sent" and not self._receipts(message))

    def _receipts(self, message: MessageLine) -> bool:
        """Whether more will be heard of it."""
        links = self._settings.smpp.links
        return any(segment.link in links and links[segment.link].receipts for segment in message.segments)

    def _tell(self, what: str) -> None:
        if what not in self._told:
            self._told.add(what)
            click.echo(what)


# By USSD


def _push(settings: Settings, phone: str, text: str, *, link: str, ask: bool, preview: bool, yes: bool) -> None:
    name = link or _ussd_link(settings)
    if link_of(settings, name).ussd is None:
        raise Mistake(f"link {name} carries no USSD ([smpp.links.{name}] ussd)")
    click.echo(f"to {masked(phone)} over {name}: USSD {'question' if ask else 'notice'}, {len(text)} characters")
    if preview:
        return
    if not yes:
        click.confirm("Send it?", abort=True)
    with connected(settings) as control:
        answer = control.ussd(link=name, phone=phone, text=text, ask=ask)
    click.echo("shown" if answer is None else f"answer: {answer}")


def _ussd_link(settings: Settings) -> str:
    links = [name for name, link in settings.smpp.links.items() if link.ussd is not None]
    if len(links) == 1:
        return links[0]
    raise Mistake(f"say which link with --link; those with USSD are: {', '.join(links) or 'none'}")
