"""The names that are spoken: of centres, departments, practitioners, whatever has a name in both languages; and those
of conf/vaccines."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.rows import reads
from clinic.tables import Base
from conf.texts.words import Name
from conf.vaccines import editions

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
    for edition in editions():
        named = (edition.vaccines, edition.products, edition.contraindications)
        found |= {each.name for those in named for each in those.values()}
    return sorted(found, key=lambda name: (name.zh, name.en))
