"""`caredial ivr call`: one message told by telephone, from the outbox."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

import click

from gateway.cli.control import NotRunning, connected
from gateway.cli.following import follow
from gateway.cli.ivr.servers import servers_of
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake, Problem
from gateway.cli.words import Line, word, wrong_words
from smpp.masking import masked

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from clinic.listing import MessageLine
    from conf.texts.words import Language
    from gateway.config import Settings
    from gateway.store import Store
    from ivr.calls.transfers import Way
    from ivr.speech.pieces import Piece

MOST_READ = 100_000
"""Octets of standard input: far more than what is spoken."""
VoiceClass = Literal["code", "answer", "notice"]


@dataclass(frozen=True, slots=True)
class Told:
    """What is told: a text of the catalogue, or with the key None one that was written freely."""

    language: Language
    key: str | None
    line: Line
    text: str
    pieces: list[Piece]


@click.command(short_help="Tell a message by telephone.")
@click.argument("number")
@click.argument("words", nargs=-1, metavar="TEXT | [WORD=VALUE]...")
@click.option("--key", metavar="KEY", help="Tell this text of conf/texts, with its words, instead of a TEXT.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Of --key. Default: the installation's language.")
@click.option(
    "--class",
    "message_class",
    type=click.Choice(["code", "answer", "notice"]),
    default="answer",
    show_default=True,
    help="What it is: nobody is called with a notice in the quiet hours.",
)
@click.option("--preview", is_flag=True, help="Only tell how it would be told.")
@click.option("--yes", is_flag=True, help="Call without asking.")
@click.option("--wait", is_flag=True, help="Follow it, call by call, until it is heard or has failed.")
@with_config
def call(
    number: str,
    words: tuple[str, ...],
    key: str | None,
    language: Language | None,
    message_class: VoiceClass,
    preview: bool,
    yes: bool,
    wait: bool,
    config: Path | None,
) -> None:
    """Call NUMBER and tell TEXT, or a text of the catalogue as it would be told, to hear how it sounds.

    First it tells the trunk, what Asterisk will dial, and how the text is spoken: from recordings, and what espeak-ng
    must speak on the spot. Then it is written to the outbox, from which the daemon dials; whoever answers presses 1 to
    listen. A number that is busy or does not answer is dialled again by the plans of [ivr.outbound]. A TEXT that is -
    is read from standard input. The words of --key are written as for `caredial prompts say`. Exits with 1 if it
    failed.

    \b
    Examples:
        caredial ivr call 13800138000 '明天上午请来打疫苗' --preview
        caredial ivr call 13800138000 'The centre is closed tomorrow.' --yes --wait
        caredial ivr call 13800138000 - --preview < message.txt
        caredial ivr call 13800138000 --key visit.code number=123456789012 --language zh --wait
    """
    from clinic.phones import BadPhone, canonical  # noqa: PLC0415

    settings = read_settings(config)
    servers_of(settings)
    try:
        phone = canonical(number, settings.installation.region)
    except BadPhone as error:
        raise Mistake(f"{number}: {error}") from error
    if words == ("-",) and not (key or yes or preview):
        raise Mistake("a TEXT of standard input needs --yes or --preview: nobody can be asked")
    told = _catalogued(settings, key, words, language) if key else _free(words, language)
    way = _way(settings, phone)
    click.echo("\n".join(previewed(settings, way, phone, told)))
    if preview:
        return
    _tell_whether_it_is_dialled(settings, way)
    if not yes:
        click.confirm("Call?", abort=True)
    with opened_store(settings) as store:
        occasion = _write(store, phone, told, message_class)
        if wait:
            Following(store, occasion).follow()


# What is told, and how.


def _free(words: tuple[str, ...], language: Language | None) -> Told:
    from clinic.speech import plain  # noqa: PLC0415
    from ivr.speech.phrases import pieces  # noqa: PLC0415

    if language is not None:
        raise Mistake("--language belongs to --key: a TEXT is spoken in the language that it is written in")
    text = _text(words)
    speech = plain(text)
    line = Line(speech.key, dict(speech.words))
    return Told(speech.language, None, line, text, pieces(speech.language, line.key, **line.words))


def _text(words: tuple[str, ...]) -> str:
    """The one TEXT; `-` is that of standard input."""
    from ivr.speech.espeak import LONGEST  # noqa: PLC0415

    text = words[0] if len(words) == 1 else ""
    if text == "-":
        text = _standard_input()
    if not text.strip():
        raise Mistake("one TEXT is told, so quote it; or name a text of the catalogue with --key")
    if any(character in text for character in "\0\r\n"):
        raise Mistake("the text has a line break or a NUL character in it")
    if len(text) > LONGEST:
        raise Mistake(f"the text is longer than the {LONGEST} characters that are spoken")
    return text


def _standard_input() -> str:
    """With a blank for each line break."""
    octets = sys.stdin.buffer.read(MOST_READ)
    try:
        written = octets.decode(errors="ignore" if len(octets) == MOST_READ else "strict")
    except UnicodeDecodeError as error:
        raise Mistake("standard input is not UTF-8") from error
    return " ".join(written.split())


def _catalogued(settings: Settings, key: str, words: tuple[str, ...], language: Language | None) -> Told:
    from conf import texts  # noqa: PLC0415
    from conf.texts import NoSuchText, WrongWords  # noqa: PLC0415
    from ivr.speech.phrases import pieces  # noqa: PLC0415

    chosen = language or settings.installation.language
    line = Line(key, dict(map(word, words)))
    try:
        return Told(chosen, key, line, texts.say(chosen, key, **line.words), pieces(chosen, key, **line.words))
    except NoSuchText as error:
        raise Mistake(f"there is no text {error}; conf/texts has them") from error
    except WrongWords as error:
        raise wrong_words(chosen, line, error) from error


def _way(settings: Settings, phone: str) -> Way:
    from ivr.calls.transfers import ways  # noqa: PLC0415

    found = ways(settings.ivr.trunks, phone)
    if not found:
        raise Problem("no trunk carries this number: see prefixes of [ivr.trunks.NAME]")
    return found[0]


def previewed(settings: Settings, way: Way, phone: str, told: Told) -> list[str]:
    """How a message would be told: to whom over which trunk, and what is heard."""
    from gateway.speech import open_library  # noqa: PLC0415
    from ivr.calls.transfers import written  # noqa: PLC0415
    from ivr.speech.pieces import Improvised, Pause, text_of  # noqa: PLC0415

    trunk = way.settings
    dialled = trunk.dial.replace("{number}", masked(written(phone, trunk.number)))
    shown = masked(trunk.caller_id) if trunk.caller_id else settings.installation.hotline
    library = open_library(settings)
    said = [piece for piece in told.pieces if not isinstance(piece, Pause)]
    spoken = [piece for piece in said if isinstance(piece, Improvised) or library.find(told.language, piece) is None]
    on_the_spot = f", {len(spoken)} spoken on the spot" if spoken else ""
    return [
        f"to {masked(phone)} over trunk {way.trunk} of server {trunk.server}: {dialled},"
        f" showing {shown or 'no number'}, ringing {trunk.ring_seconds} s",
        f"spoken ({told.language}, {len(said) - len(spoken)} recordings{on_the_spot}): {text_of(told.pieces)}",
    ]


def _tell_whether_it_is_dialled(settings: Settings, way: Way) -> None:
    try:
        with connected(settings) as control:
            servers = {server["name"]: server["ready"] for server in control.servers()["servers"]}
    except NotRunning as error:
        click.echo(f"{error.message}; until then the message waits in the outbox", err=True)
    except Problem as error:
        click.echo(error.message, err=True)
    else:
        if not servers.get(way.settings.server):
            click.echo(f"server {way.settings.server} is not ready: the message waits in the outbox", err=True)


# From the outbox.


def _write(store: Store, phone: str, told: Told, message_class: VoiceClass) -> str:
    from clinic import messages  # noqa: PLC0415

    occasion, now = f"cli:{uuid4()}", dt.datetime.now(dt.UTC)

    def write(session: Session) -> None:
        """As any message; only that it is told by telephone is settled already."""
        put: Callable[..., None]
        put = messages.tell_text if told.key is None else partial(messages.tell, language=told.language, key=told.key)
        what: dict[str, Any] = {"text": told.text} if told.key is None else dict(told.line.words)
        put(session, occasion=occasion, phone=phone, message_class=message_class, channel="voice", now=now, **what)

    store.run_now(write)
    return occasion


class Following:
    """Tells each change of a message as it happens: every call, and what came of it."""

    def __init__(self, store: Store, occasion: str) -> None:
        self._store, self._occasion = store, occasion
        self._last = ""

    def follow(self) -> None:
        """Until its last state; Problem where it failed. Ctrl-C leaves it alone."""
        follow(self._store, self._occasion, self._over)

    def _over(self, message: MessageLine) -> bool:
        if message.state in {"failed", "expired"}:
            raise Problem(f"{message.state}: {message.error or 'nobody was called in time'}")
        self._tell(_sentence(message))
        return message.state == "delivered"

    def _tell(self, what: str) -> None:
        if what != self._last:
            self._last = what
            click.echo(what)


def _sentence(message: MessageLine) -> str:
    again = f"{message.due_at.astimezone():%H:%M:%S}"
    match message.state:
        case "queued" if message.error:
            return f"{message.error}: it is dialled again at {again}"
        case "sending":
            return f"call {message.attempts}"
        case "delivered":
            return "heard"
    return message.state
