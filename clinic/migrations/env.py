"""Alembic's environment: the connection comes from `clinic.schema`, there is no alembic.ini."""

from typing import Any, Literal

from alembic import context

from clinic.tables import Base, Instant


def render_item(kind: str, item: Any, _autogen: object) -> str | Literal[False]:
    """A migration must not depend on today's code: our own type is written as what the database sees."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=render_item,
    render_as_batch=True,  # SQLite changes a column only by copying its table
)
with context.begin_transaction():
    context.run_migrations()
