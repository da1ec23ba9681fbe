"""Whether children have what school and kindergarten ask for on a day (入托入学预防接种证查验)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from clinic.children import lists, records
from clinic.children.lists import Batch, ChildLine, Wanted
from clinic.rows import reads
from clinic.vaccines.due import due
from clinic.vaccines.records import Due


@dataclass(frozen=True, slots=True)
class Checked:
    """A child, and what its certificate lacks on the day; `waived`: what it is not given for good, so lacks not."""

    child: ChildLine
    missing: tuple[Due, ...]
    waived: tuple[Due, ...]

    @property
    def is_complete(self) -> bool:
        return not self.missing


@reads
def check(
    session: Session, *, residents: Collection[int], day: dt.date, shown: bool = False, explain: bool = True
) -> dict[int, Checked]:
    """Of each of these residents; who is on no record is not in it."""
    known = records.load(session, residents=residents)
    lines = lists.lines_of(session, residents, shown=shown)
    found = {}
    for resident, child in known.items():
        dues = due(child, day, explain=explain)
        found[resident] = Checked(lines[resident], _of(dues, "due", "overdue"), _of(dues, "contraindicated"))
    return found


@reads
def check_all(
    session: Session, *, wanted: Wanted, day: dt.date, after: int = 0, shown: bool = False, most: int = lists.BATCH
) -> Batch[Checked]:
    """Of the children of a unit, a centre, or all, in batches as `clinic.children.lists` has them."""
    those = lists.children(session, wanted=wanted, after=after, shown=shown, most=most)
    found = check(session, residents=[child.id for child in those.lines], day=day, shown=shown)
    return Batch([found[child.id] for child in those.lines], those.after, those.looked_at)


def _of(dues: Sequence[Due], *statuses: str) -> tuple[Due, ...]:
    return tuple(each for each in dues if each.status in statuses)
