"""How staff and their notices are shown: tables for people, documents for programs. Phones are masked already."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from gateway.cli import days
from gateway.cli.problems import Mistake

if TYPE_CHECKING:
    from clinic.staff.looking import NoticeLine, RecipientLine
    from clinic.staff.notices import Sent
    from clinic.staff.people import Member
    from conf.texts.words import Language
    from gateway.config import Settings


def members(found: Sequence[Member], language: Language, *, title: str) -> None:
    """A table of the staff."""
    from gateway.cli.tables import show  # noqa: PLC0415

    rows = [
        (
            each.centre.text(language),
            each.role,
            each.code,
            each.name,
            each.phone,
            " ".join(each.shifts) if each.active else "has left",
        )
        for each in found
    ]
    show(("Centre", "Role", "Code", "Name", "Phone", "On duty"), rows, title=title)


def notices(settings: Settings, found: Sequence[NoticeLine]) -> None:
    """A table of notices."""
    from gateway.cli.tables import show  # noqa: PLC0415

    rows = [
        (
            line.notice,
            _local(settings, line.created_at),
            line.created_by,
            f"{line.acknowledged} of {line.recipients}",
            _local(settings, line.closed_at) or "open",
            line.text,
        )
        for line in found
    ]
    show(("ID", "Sent", "By", "Acknowledged", "Closed", "Text"), rows, title=f"{len(rows)} notices")


def notice(settings: Settings, line: NoticeLine, told: Sequence[RecipientLine]) -> None:
    """A notice, and a table of those who were told."""
    from gateway.cli.tables import show  # noqa: PLC0415

    rows = [
        (
            each.centre.text(settings.installation.language),
            each.role,
            each.code,
            each.name if each.active else f"{each.name} (has left)",
            each.phone,
            each.asked,
            f"{each.message} ({each.error})" if each.error else each.message,
            _local(settings, each.acknowledged_at) or "not yet",
            each.answer,
        )
        for each in told
    ]
    columns = ("Centre", "Role", "Code", "Name", "Phone", "Asked", "Message", "Acknowledged", "Answer")
    show(columns, rows, title=f"notice {line.notice}: {line.acknowledged} of {line.recipients} have acknowledged it")
    closed = f"; closed {_local(settings, line.closed_at)}" if line.closed_at else ""
    click.echo(f"{line.text}\nsent {_local(settings, line.created_at)} by {line.created_by}{closed}")


def cost(settings: Settings, phones: int, text: str) -> str:
    """`30 messages of 2 segments`: in all, at most, over the links that carry notices."""
    each = segments(settings, text)
    return f"{phones} message{'s' * (phones != 1)} of {each} segment{'s' * (each != 1)}"


def segments(settings: Settings, text: str) -> int:
    """Segments of this text over the link that needs most of them. Mistake where it cannot be sent."""
    from smpp.messages import preview  # noqa: PLC0415
    from smpp.segments import STANDARD, TextTooLong, cut  # noqa: PLC0415

    links = [link for link in settings.smpp.links.values() if not link.classes or "notice" in link.classes]
    try:
        return max((preview(link, text).segments for link in links), default=len(cut(text, STANDARD).parts))
    except TextTooLong as error:
        raise Mistake(f"the text is too long: {error}") from error


def print_documents(documents: Iterable[dict[str, object]]) -> None:
    """A JSON document a line."""
    for document in documents:
        click.echo(json.dumps(document, ensure_ascii=False))


def member_document(member: Member, language: Language) -> dict[str, object]:
    """A member of the staff for programs; the number inside the database is nobody's business."""
    document = asdict(member) | {"centre": member.centre.text(language)}
    del document["id"]
    return document


def sent_document(settings: Settings, sent: Sent) -> dict[str, object]:
    """What was sent, for programs; `segments` of each message."""
    return asdict(sent) | {"segments": segments(settings, sent.text)}


def notice_document(settings: Settings, line: NoticeLine) -> dict[str, object]:
    """A notice for programs."""
    moments = {"created_at": _iso(settings, line.created_at), "closed_at": _iso(settings, line.closed_at)}
    return asdict(line) | moments


def recipient_document(settings: Settings, told: RecipientLine) -> dict[str, object]:
    """One who was told, for programs."""
    return asdict(told) | {
        "centre": told.centre.text(settings.installation.language),
        "acknowledged_at": _iso(settings, told.acknowledged_at),
    }


def _local(settings: Settings, moment: dt.datetime | None) -> str:
    return days.moment(moment, settings.installation.timezone, "%Y-%m-%d %H:%M:%S")


def _iso(settings: Settings, moment: dt.datetime | None) -> str | None:
    return moment.astimezone(settings.installation.timezone).isoformat(timespec="seconds") if moment else None
