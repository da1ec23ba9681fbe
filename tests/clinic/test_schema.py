"""The migrations make exactly the tables of the code, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from clinic import schema
from clinic.tables import Base
from gateway.store import Store, connect


def test_the_upgraded_schema_is_the_one_of_the_tables(store: Any) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
        assert set(inspect(connection).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


def test_one_person_one_department_one_day_stands_in_the_database(store: Any) -> None:
    with store.engine.connect() as connection:
        indexes = {index["name"]: index for index in inspect(connection).get_indexes("visit")}
    assert indexes["uq_visit_person_department_day"]["unique"]
    assert indexes["uq_visit_person_department_day"]["column_names"] == ["resident_id", "department_id", "day"]


def test_an_empty_database_has_no_version_and_is_not_ready(database_url: str) -> None:
    engine = connect(database_url)
    with engine.connect() as connection:
        assert schema.version(connection) is None
    with pytest.raises(RuntimeError, match="caredial db upgrade"):
        Store(engine).check()
    engine.dispose()


def test_upgrading_twice_changes_nothing(store: Any) -> None:
    store.upgrade()
    store.check()
    with store.engine.connect() as connection:
        assert schema.version(connection) == schema.newest()


def test_all_the_way_down_and_up_again(database_url: str) -> None:
    engine = connect(database_url)
    store = Store(engine)
    store.upgrade()
    with engine.begin() as connection:
        command.downgrade(schema._config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    store.upgrade()
    store.check()
    engine.dispose()
