"""Drafts: what is to be said to whom, checked before anybody sees what it would cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audience, audit, messages, phones
from clinic.broadcasts import wording
from clinic.broadcasts.errors import BadDraft, NoSuchBroadcast, NotNow
from clinic.broadcasts.views import BroadcastView
from clinic.rows import reads
from clinic.tables import Audit, Broadcast, BroadcastState, Centre, ConsentClass
from conf.texts.words import LANGUAGES, Language
from smpp.segments import STANDARD, TextTooLong

LONGEST_TITLE = 80  # characters
MOST_LISTED = 1_000


def create(
    session: Session,
    *,
    title: str,
    consent_class: ConsentClass,
    expression: str,
    texts: Mapping[Language, str],
    by: str,
    now: dt.datetime,
    owner: str = "",
) -> BroadcastView:
    """A new draft. `owner` is a centre's code, "" is the city; `texts` has a text in one language or in both.

    Raises BadDraft (every mistake at once), BadExpression (`clinic.audience`).
    """
    row = Broadcast(created_by=by, created_at=now, state="draft")
    _fill(session, row, title, consent_class, expression, _by_name(texts), owner)
    session.add(row)
    session.flush()
    audit.note(session, f"staff:{by}", "draft", f"broadcast:{row.id}", now=now)
    return view(session, row)


def change(
    session: Session,
    *,
    broadcast: int,
    by: str,
    now: dt.datetime,
    title: str | None = None,
    consent_class: ConsentClass | None = None,
    expression: str | None = None,
    texts: Mapping[Language, str] | None = None,
    owner: str | None = None,
) -> BroadcastView:
    """Change what is not None of a draft. Raises BadDraft, BadExpression, NoSuchBroadcast, NotNow."""
    row = find(session, broadcast, lock=True)
    if row.state != "draft":
        raise NotNow(f"broadcast {broadcast} is {row.state}; only a draft can be changed, make a new one")
    _fill(
        session,
        row,
        row.title if title is None else title,
        consent_class or row.consent_class,
        row.expression if expression is None else expression,
        row.texts if texts is None else _by_name(texts),
        _code(session, row) if owner is None else owner,
    )
    audit.note(session, f"staff:{by}", "change", f"broadcast:{row.id}", now=now)
    return view(session, row)


@reads
def get(session: Session, *, broadcast: int) -> BroadcastView:
    """Raises NoSuchBroadcast."""
    return view(session, find(session, broadcast))


@reads
def listed(
    session: Session, *, states: tuple[BroadcastState, ...] = (), most: int = 50, before: int | None = None
) -> list[BroadcastView]:
    """Broadcasts, the newest first; `states` empty: all. `before` goes on with those older than this number."""
    rows = select(Broadcast).order_by(Broadcast.id.desc()).limit(min(most, MOST_LISTED))
    if states:
        rows = rows.where(Broadcast.state.in_(states))
    if before is not None:
        rows = rows.where(Broadcast.id < before)
    return [view(session, row) for row in session.scalars(rows)]


def try_out(
    session: Session, *, broadcast: int, phone: str, language: Language, by: str, now: dt.datetime, region: str = "CN"
) -> str:
    """Send its text to one phone at once, filled with the words of the first member, names masked; the text.

    Whoever reads it is of the staff: quiet hours and consent are no matter, and it counts for no limit. Raises
    BadPhone, BadDraft (no text in this language, nobody in the audience), NoSuchBroadcast.
    """
    row, number = find(session, broadcast, lock=True), phones.canonical(phone, region)
    expression = checked(session, row)
    if not row.texts.get(language):
        raise BadDraft([f"there is no text in the language {language}; there is one in {', '.join(row.texts)}"])
    first = audience.members(session, expression, today=now.date(), after=None, most=1)
    template = wording.parse(wording.with_refusal(language, row.texts[language], row.consent_class))
    text = template.fill(language, wording.anonymous(first[0].words)) if first else None
    if text is None:
        raise BadDraft(["the audience has nobody whose words could fill the text; `caredial audience` counts them"])
    subject = f"broadcast:{row.id}"
    tries = session.scalars(select(func.count()).where(Audit.subject == subject, Audit.action == "test")).one()
    occasion = f"broadcast-test:{row.id}:{tries + 1}"
    messages.tell_text(
        session, occasion=occasion, phone=number, text=text, now=now, message_class="notice", channel="sms"
    )
    audit.note(session, f"staff:{by}", "test", subject, now=now)
    return text


def find(session: Session, broadcast: int, *, lock: bool = False) -> Broadcast:
    """The row, locked until the transaction ends where asked. Raises NoSuchBroadcast."""
    row = session.get(Broadcast, broadcast, with_for_update=lock or None, populate_existing=lock)
    if row is None:
        raise NoSuchBroadcast(broadcast)
    return row


def checked(session: Session, row: Broadcast) -> audience.Expression:
    """The expression, once the audience still has what the texts need. Raises BadDraft, BadExpression."""
    expression = audience.parse(row.expression)
    mistakes = list(_mistakes(row.texts, row.consent_class, audience.columns(session, expression)))
    if mistakes:
        raise BadDraft(mistakes)
    return expression


def view(session: Session, row: Broadcast) -> BroadcastView:
    cursor, invoice = row.cursor or {}, row.invoice or {}
    return BroadcastView(
        id=row.id,
        title=row.title,
        owner=_code(session, row),
        consent_class=row.consent_class,
        expression=row.expression,
        texts={language: row.texts[language] for language in LANGUAGES if language in row.texts},
        state=row.state,
        created_by=row.created_by,
        created_at=row.created_at,
        start_at=row.start_at,
        expires_at=row.expires_at,
        sent_by=row.sent_by,
        sent_at=row.sent_at,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        began_at=row.began_at,
        ended_at=row.ended_at,
        recipients=invoice.get("recipients"),
        written=cursor.get("written", 0),
        all_written=cursor.get("all", False),
    )


def _fill(
    session: Session,
    row: Broadcast,
    title: str,
    consent_class: ConsentClass,
    expression: str,
    texts: Mapping[str, Any],
    owner: str,
) -> None:
    """Check all of it, then put it into the row."""
    columns = audience.columns(session, audience.parse(expression))
    centre = session.scalar(select(Centre.id).where(Centre.code == owner)) if owner else None
    mistakes = list(_mistakes(texts, consent_class, columns))
    if not title.strip() or len(title) > LONGEST_TITLE:
        mistakes.append(f"title: should have 1 to {LONGEST_TITLE} characters, by which people know it in lists")
    if owner and centre is None:
        codes = session.scalars(select(Centre.code).order_by(Centre.code)).all()
        mistakes.append(f"centre: there is no centre {owner!r}{_meant(owner, codes) or '; leave it out for the city'}")
    if mistakes:
        raise BadDraft(mistakes)
    row.title, row.consent_class, row.expression = title.strip(), consent_class, expression
    row.texts, row.centre_id = {language: text for language, text in texts.items() if text.strip()}, centre


def _mistakes(texts: Mapping[str, Any], consent_class: str, columns: Mapping[str, str]) -> Iterator[str]:
    if consent_class not in get_args(ConsentClass):
        yield f"class: {consent_class!r} is none of {', '.join(get_args(ConsentClass))}"
    if not any(text.strip() for text in texts.values()):
        yield f"text: there is none; write one in {' or '.join(LANGUAGES)}, or in both"
    for language, text in texts.items():
        if language not in LANGUAGES:
            yield f"text: {language!r} is no language; there are {', '.join(LANGUAGES)}"
        elif text.strip():
            for mistake in _mistakes_in(language, text, consent_class, columns):
                yield f"text in {language}: {mistake}"


def _mistakes_in(language: Any, text: str, consent_class: Any, columns: Mapping[str, str]) -> Iterator[str]:
    try:
        template = wording.parse(wording.with_refusal(language, text, consent_class))
    except wording.BadText as error:
        yield str(error)
        return
    for place in template.placeholders:
        had = columns.get(place.name)
        if had is None:
            there = ", ".join(f"{{{name}}}" for name in columns) or "no placeholders at all"
            meant = _meant(place.name, columns)
            yield f"{{{place.name}}}: not everybody of this audience has it{meant}; there are {there}"
        elif place.type and place.type != had:
            yield (
                f"{{{place.name}}}: should be a {place.type}, and is a {had} in this audience; "
                f"write {{{place.name}:{had}}} if that is meant"
            )
    yield from _too_long(template.shortest)


def _too_long(text: str) -> Iterator[str]:
    try:
        count = wording.measure(text, STANDARD)[1]
    except TextTooLong:
        count = 256
    if count > wording.MOST_SEGMENTS:
        yield f"takes {count} segments, and {wording.MOST_SEGMENTS} are the most; make it shorter"


def _by_name(texts: Mapping[Language, str]) -> dict[str, str]:
    return {str(language): text for language, text in texts.items()}


def _meant(word: str, known: Any) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f", did you mean {close[0]}?" if close else ""


def _code(session: Session, row: Broadcast) -> str:
    return "" if row.centre_id is None else session.get_one(Centre, row.centre_id).code
