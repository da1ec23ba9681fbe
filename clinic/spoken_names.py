"""The names that are spoken: of centres, departments, practitioners, whatever has a name in both languages."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.rows import reads
from clinic.tables import Base
from conf.texts.words import Name

BOTH = {"name_zh", "name_en"}


@reads
def all_names(session: Session) -> list[Name]:
    """Every name once, by its Chinese form. A prompt is recorded for each in either language."""
    tables = [table for table in Base.metadata.sorted_tables if set(table.columns.keys()) >= BOTH]
    found = {
        Name(zh, en)
        for table in tables
        for zh, en in session.execute(select(table.c.name_zh, table.c.name_en).distinct())
    }
    return sorted(found, key=lambda name: (name.zh, name.en))
