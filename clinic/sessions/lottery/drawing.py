"""Drawing: entries close, the seed is revealed, the tickets are ordered, and the first of them get the places.

All that must not happen twice is one transaction: digest, order, seed, and the places, which are held for the winners
from then on (as for who waits). The winners then book one after the other, in their order, a transaction each; where a
place is left nobody's, because a winner cannot have it (blocked, booked elsewhere), the next ticket has it.
"""

from __future__ import annotations

import datetime as dt
from typing import cast

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from clinic import audit
from clinic.errors import ClinicError, SessionClosed
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.jobs import Found
from clinic.notices import Telling
from clinic.places.offers import hold, release, release_all
from clinic.places.pools import candidates
from clinic.places.taking import for_session
from clinic.rows import in_turn
from clinic.rules import Rules
from clinic.sessions.lottery.algorithm import digest, ranked
from clinic.sessions.lottery.shown import whole
from clinic.sessions.lottery.telling import tell_lost, tell_off, tell_passed, tell_won
from clinic.sessions.paying import demanded
from clinic.sessions.waiting.entries import add_loser
from clinic.tables import ClinicSession, Draw, DrawEntry, PlaceOffer, WaitEntry
from clinic.visits.booking import book
from conf.texts.words import Language

LOSERS = 100
"""So many are told in one transaction that they were not drawn."""


def scan(session: Session, *, rules: Rules, installation: Installation, vault: Vault | None, now: dt.datetime) -> Found:
    """One step of one draw that is due: close it, book the next winner, tell some of the others, or end it.

    A draw that cannot go on (its session cannot be booked now, or something is wrong with it) lets the next have the
    turn. What is wrong is raised once no other draw goes on, so that it is seen.
    """
    in_turn(session, "draws")
    telling = Telling.of(session, rules=rules, installation=installation, now=now)
    wrong: Exception | None = None
    for number in session.scalars(_due(now)).all():
        try:
            with session.begin_nested():
                settled = _turn(telling, number, rules, vault)
        except Exception as error:  # noqa: BLE001  whatever it is: others' draws go on
            wrong = wrong or error
            continue
        if settled is not None:
            return Found(settled, more=True)
    if wrong is not None:
        raise wrong
    return Found(0, more=False)


def _due(now: dt.datetime) -> Select[int]:
    """Draws whose time has come, or whose session will not be. One that is closed may be opened again until it is
    over."""
    by_hand = and_(ClinicSession.state == "stopped", ClinicSession.change.is_(None))  # else the change tells them
    today, hour = now.date(), now.time().replace(tzinfo=None)
    over = or_(ClinicSession.day < today, and_(ClinicSession.day == today, ClinicSession.ends <= hour))
    closed = and_(ClinicSession.state == "closed", over)
    due = or_(and_(ClinicSession.state == "draw", ClinicSession.draw_at <= now), by_hand, closed)
    return (
        select(Draw.id)
        .join(ClinicSession, ClinicSession.id == Draw.clinic_session_id)
        .where(Draw.finished_at.is_(None), or_(Draw.drawn_at.is_not(None), due))
        .order_by(Draw.id)
    )


def _turn(telling: Telling, number: int, rules: Rules, vault: Vault | None) -> int | None:
    """A step of this draw, if it is still due once it is ours."""
    session = telling.session
    session.execute(select(Draw.id).where(Draw.id == number).with_for_update())
    due = _due(telling.when.now).where(Draw.id == number).with_only_columns(Draw).options(*whole())
    draw = session.scalars(due.execution_options(populate_existing=True)).one_or_none()
    return None if draw is None else _step(telling, draw, rules, vault)


def _step(telling: Telling, draw: Draw, rules: Rules, vault: Vault | None) -> int | None:
    """How many tickets it has settled; None where it cannot go on now."""
    row, now = draw.clinic_session, telling.when.now
    if row.state not in ("draw", "open"):
        return _call_off(telling, draw)
    if draw.drawn_at is None:
        _draw(telling.session, draw, vault, now)
        return 0
    held = _held(telling.session, row)
    if held and (entry := _next(telling.session, draw, held)) is not None:
        return 1 if _settle(telling, draw, entry, held[entry.channel], rules) else None
    return _end(telling, draw)


def _draw(session: Session, draw: Draw, vault: Vault | None, now: dt.datetime) -> None:
    """The moment of the draw; its row is ours: whoever enters or leaves now was waited for, or comes too late."""
    if vault is None:
        raise ValueError("a draw needs the vault that has sealed its seed")
    locked = select(ClinicSession).where(ClinicSession.id == draw.clinic_session_id).with_for_update(of=ClinicSession)
    row = session.scalars(locked.execution_options(populate_existing=True)).one()
    entries = session.scalars(_of(draw).where(DrawEntry.state == "entered")).all()
    seed = vault.unlock(draw.seed)
    by_ticket = {entry.ticket: entry for entry in entries}
    for rank, ticket in enumerate(ranked(seed, by_ticket), 1):
        by_ticket[ticket].rank = rank
    draw.entries_digest, draw.seed, draw.drawn_at = digest(by_ticket), seed, now
    row.state = "open"  # for what nobody has drawn
    session.flush()
    held = 0
    while held < len(entries) and hold(session, row, now=now, look_at=None) is not None:
        held += 1
    audit.note(
        session, "system", "draw.draw", f"session:{row.id}", now=now, tickets=len(entries), held=held,
        entries_digest=draw.entries_digest,
    )  # fmt: skip


def _held(session: Session, row: ClinicSession) -> dict[str, int]:
    """Of each channel by which somebody has entered the offer whose place is theirs next; none where there is none."""
    theirs = PlaceOffer.clinic_session_id == row.id, PlaceOffer.state == "open", PlaceOffer.look_at.is_(None)
    offers = session.execute(select(PlaceOffer.id, PlaceOffer.pool).where(*theirs).order_by(PlaceOffer.id)).all()
    by_pool: dict[str, int] = {}
    for number, pool in offers:
        by_pool.setdefault(pool, number)
    channels = session.scalars(
        select(DrawEntry.channel).join(Draw).where(Draw.clinic_session_id == row.id).distinct()
    ).all()
    found = {channel: [by_pool[pool] for pool in _pools(row, channel) if pool in by_pool] for channel in channels}
    return {channel: offers[0] for channel, offers in found.items() if offers}


def _pools(row: ClinicSession, channel: str) -> tuple[str, ...]:
    return candidates(channel) if row.shares is not None else ("",)


def _next(session: Session, draw: Draw, held: dict[str, int]) -> DrawEntry | None:
    """The first in the order that is not settled, of those by whose channel there is a place."""
    first = _of(draw).where(DrawEntry.state == "entered", DrawEntry.channel.in_(held)).order_by(DrawEntry.rank).limit(1)
    return session.scalars(first.execution_options(populate_existing=True)).one_or_none()


def _settle(telling: Telling, draw: Draw, entry: DrawEntry, offer: int, rules: Rules) -> bool:
    """Book it for this winner; who cannot have it is told so, and the place stays for the next. False where it is too
    early to say: the session cannot be booked now."""
    session, row, now = telling.session, draw.clinic_session, telling.when.now
    try:
        pays, provider = demanded(session, offered=row, phone=entry.phone, channel=entry.channel, rules=rules)
        with session.begin_nested():
            view = book(
                session,
                clinic_session=row.id,
                patient=entry.resident_id,
                phone=entry.phone,
                language=cast(Language, entry.language),
                occasion=f"draw:{entry.id}",
                installation=telling.installation,
                now=now,
                channel=entry.channel,
                pays=pays,
                provider=provider,
                rules=rules.booking,
                offer=offer,
                hold=dt.timedelta(hours=rules.booking.drawn_hours),
            )
            session.execute(update(PlaceOffer).where(PlaceOffer.id == offer).values(visit_id=view.id))
    except SessionClosed:
        if not _is_over(session, row, now):
            return False  # it is being stopped, and whoever stops it tells them; or it is not released yet
        entry.state = "lost"
        tell_off(telling, draw, entry)
    except ClinicError as error:
        entry.state = "passed"
        audit.note(session, "system", "draw.pass", f"draw-entry:{entry.id}", now=now, error=type(error).__name__)
        tell_passed(telling, draw, entry)
    else:
        entry.state = "won"
        tell_won(telling, draw, entry, view)
    session.flush()
    return True


def _is_over(session: Session, row: ClinicSession, now: dt.datetime) -> bool:
    session.refresh(row, ["state", "ends"])
    return row.state == "open" and row.ends_at(now.tzinfo) <= now


def _end(telling: Telling, draw: Draw) -> int:
    """Tell the next of those for whom there is no place; when all know, what is still held is free."""
    session, row, now = telling.session, draw.clinic_session, telling.when.now
    rest = _of(draw).where(DrawEntry.state == "entered").order_by(DrawEntry.rank).limit(LOSERS)
    losers = session.scalars(rest.execution_options(populate_existing=True)).all()
    for entry in losers:
        entry.state = "lost"
        tell_lost(telling, draw, entry, waits=_waits(session, draw, entry, now))
    session.flush()
    if len(losers) < LOSERS:
        _free(session, row, now)
        draw.finished_at = now
    return len(losers)


def _waits(session: Session, draw: Draw, entry: DrawEntry, now: dt.datetime) -> bool:
    return entry.waits and add_loser(
        session,
        person=entry.resident_id,
        row=draw.clinic_session,
        phone=entry.phone,
        language=entry.language,
        name=entry.name,
        occasion=f"drawn:{entry.id}",
        now=now,
    )


def _free(session: Session, row: ClinicSession, now: dt.datetime) -> None:
    """Places that no winner could have: for those who wait, else for anybody."""
    theirs = PlaceOffer.clinic_session_id == row.id, PlaceOffer.state == "open", PlaceOffer.look_at.is_(None)
    wait = session.scalar(select(func.count()).select_from(WaitEntry).where(*for_session(row)))
    for offer in session.scalars(select(PlaceOffer).where(*theirs).order_by(PlaceOffer.id)).all():
        if wait:
            offer.look_at = now
        else:
            release(session, offer)


def _call_off(telling: Telling, draw: Draw) -> int:
    """Its session is stopped: those who have no place yet are told, and the draw is over."""
    session, now = telling.session, telling.when.now
    rest = _of(draw).where(DrawEntry.state == "entered").order_by(DrawEntry.id).limit(LOSERS)
    entries = session.scalars(rest.execution_options(populate_existing=True)).all()
    for entry in entries:
        entry.state = "lost"
        tell_off(telling, draw, entry)
    session.flush()
    if len(entries) < LOSERS:
        release_all(session, draw.clinic_session_id)
        draw.finished_at = now
        audit.note(session, "system", "draw.off", f"session:{draw.clinic_session_id}", now=now)
    return len(entries)


def _of(draw: Draw) -> Select[DrawEntry]:
    return select(DrawEntry).where(DrawEntry.draw_id == draw.id)
