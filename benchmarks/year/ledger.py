"""What must be true of a year: nothing zero times or twice, nothing by night, nothing after a refusal.

It goes by what the SMS centre took, by the people's own diary and by what texts say, not by what the scans kept.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.year.network import Taken
from clinic.tables import Message
from conf import texts

DAY = dt.timedelta(days=1)
APART = 5 * DAY
"""Two reminders of one thing are further apart than that."""


@dataclass
class Diary:
    """What happened to people, as they would tell it.

    `due`: child, vaccine and dose, and the working day on which somebody noticed that it was due; `care_due`: patient
    and date of a visit, likewise. `visits`: booked at, begins at, cancelled at.
    """

    refused: dict[str, dt.datetime] = field(default_factory=dict)
    due: dict[tuple[int, str, int], dt.date] = field(default_factory=dict)
    given: dict[tuple[int, str, int], dt.date] = field(default_factory=dict)
    care_due: dict[tuple[int, dt.date], dt.date] = field(default_factory=dict)
    followed_up: int = 0
    visits: dict[int, tuple[dt.datetime, dt.datetime, dt.datetime | None]] = field(default_factory=dict)


class Row(NamedTuple):
    """A message as the outbox has it."""

    kind: str
    resident: int
    occasion: str
    phone: str
    text: str
    state: str
    message_class: str
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Year:
    """All that the checks look at; `phones` are whose, `away` the days on which no node ran."""

    known: Mapping[int, Row]
    taken: Collection[Taken]
    diary: Diary
    phones: Mapping[int, Collection[str]]
    quiet: tuple[dt.time, dt.time]
    away: Collection[dt.date]

    def faults(self) -> list[str]:
        """What is wrong with it, a line each."""
        return [
            *self._by_night(),
            *self._twice(),
            *self._after_refusal(),
            *self._left(),
            *self._visits(),
            *self._doses(),
            *self._follow_up(),
        ]

    def _notices(self) -> Iterator[tuple[Row, Taken]]:
        for each in self.taken:
            row = self.known[each.message]
            if row.message_class == "notice":
                yield row, each

    def _by_night(self) -> Iterator[str]:
        begin, end = self.quiet
        for row, each in self._notices():
            if each.at.time() >= begin or each.at.time() < end:
                yield f"{row.occasion} went at {each.at:%Y-%m-%d %H:%M}"

    def _twice(self) -> Iterator[str]:
        """The same words on the same phone within some days: once, but for one copy of what was never answered. Later
        they are another reminder, or another queue."""
        copies: dict[tuple[str, str], list[Taken]] = defaultdict(list)
        for _, each in self._notices():
            copies[each.phone, each.text].append(each)
        for (phone, text), them in copies.items():
            for earlier, later in pairwise(them):
                again = earlier.message == later.message and not earlier.answered
                if later.at - earlier.at < APART and not again:
                    yield f"…{phone[-4:]} got twice, {earlier.at:%m-%d %H:%M} and {later.at:%m-%d %H:%M}: {text}"
        often = Counter(each.message for _, each in self._notices())
        yield from (f"{self.known[number].occasion} came {many} times" for number, many in often.items() if many > 2)

    def _after_refusal(self) -> Iterator[str]:
        for row, each in self._notices():
            if each.at > self.diary.refused.get(each.phone, each.at):
                yield f"{row.occasion} went after that phone had refused"

    def _left(self) -> Iterator[str]:
        return (f"{row.occasion} is {row.state} at the end" for row in self.known.values() if row.state == "sending")

    def _visits(self) -> Iterator[str]:
        """Each visit that was booked before its eve is told of on it, one that was cancelled by then is not."""
        eves: Counter[int] = Counter()
        for row in self.known.values():
            parts = row.occasion.split(":")
            if parts[0] == "visit" and parts[2] == "eve" and row.state != "cancelled":
                eves[int(parts[1])] += 1
        last = max((row.created_at for row in self.known.values()), default=None)
        for visit, (booked, begins, cancelled) in self.diary.visits.items():
            eve = dt.datetime.combine(begins.date() - DAY, dt.time(17), begins.tzinfo)
            if eve.date() in self.away or (cancelled is not None and cancelled >= eve) or last is None or eve > last:
                continue
            wanted = int(booked < eve and cancelled is None)
            if eves[visit] != wanted:
                yield f"visit {visit} has {eves[visit]} notices of its eve, not {wanted}"

    def _doses(self) -> Iterator[str]:
        """Whatever was due to a child on a working day, its family was told of by that day's end."""
        told = self._by_resident("vaccine:")
        for (child, vaccine, dose), noticed in self.diary.due.items():
            name = texts.say("zh", "vaccine-name", vaccine=vaccine)
            for phone in self._reached(child, noticed):
                if not any(
                    row.phone == phone and name in row.text and self._in_time(row, noticed) for row in told[child]
                ):
                    yield f"…{phone[-4:]} was not told of {vaccine} {dose} of child {child}, due on {noticed}"

    def _follow_up(self) -> Iterator[str]:
        told = self._by_resident("care:")
        for (patient, due), noticed in self.diary.care_due.items():
            for phone in self._reached(patient, noticed):
                if not any(row.phone == phone and self._in_time(row, noticed) for row in told[patient]):
                    yield f"…{phone[-4:]} was not told of the visit of {patient} that is due on {due}"

    def _by_resident(self, prefix: str) -> Mapping[int, list[Row]]:
        found: dict[int, list[Row]] = defaultdict(list)
        for row in self.known.values():
            if row.occasion.startswith(prefix):
                found[row.resident].append(row)
        return found

    def _reached(self, resident: int, noticed: dt.date) -> list[str]:
        """The phones that were to be told by then. After an outage the first working day may be one later."""
        if any(day <= noticed <= day + 3 * DAY for day in self.away):
            return []
        refused = self.diary.refused
        return [each for each in self.phones[resident] if each not in refused or refused[each].date() > noticed]

    def _in_time(self, row: Row, noticed: dt.date) -> bool:
        return row.created_at.date() <= noticed


def rows(session: Session, zone: dt.tzinfo) -> dict[int, Row]:
    """All messages, by their number."""
    columns = (
        Message.kind, Message.resident_id, Message.occasion, Message.phone, Message.text, Message.state,
        Message.message_class, Message.created_at,
    )  # fmt: skip
    found = session.execute(select(Message.id, *columns)).all()
    return {
        number: Row(kind or "", resident or 0, occasion, phone, words, state, of_class, created.astimezone(zone))
        for number, kind, resident, occasion, phone, words, state, of_class, created in found
    }
