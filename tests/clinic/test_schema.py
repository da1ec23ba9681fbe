"""The migrations make exactly the tables of the code, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from clinic import schema
from clinic.tables import Base
from gateway.store import Store, connect, renovating


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
    with renovating(engine) as connection:
        command.downgrade(schema._config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    store.upgrade()
    store.check()
    engine.dispose()


def test_messages_of_the_first_version_are_kept_and_become_answers(database_url: str) -> None:
    engine = connect(database_url)
    with engine.begin() as connection:
        schema.upgrade(connection, "0001")
        connection.execute(
            text(
                "insert into message (id, occasion, phone, text, state, due_at, expires_at, attempts, created_at)"
                " values (7, 'visit:1', '+86154', 'T', 'submitted', '2027-03-08', '2027-03-09', 1, '2027-03-08')"
            )
        )
        connection.execute(
            text("insert into message_part (message_id, number, link, smsc_id, state) values (7, 1, 'main', 'A', 'x')")
        )
    for _ in range(2):
        with renovating(engine) as connection:
            schema.upgrade(connection)
            found = connection.execute(text("select id, occasion, message_class, link from message")).all()
            assert [tuple(row) for row in found] == [(7, "visit:1", "answer", None)]
            assert connection.execute(text("select count(*) from message_part")).scalar() == 1
            command.downgrade(schema._config(connection), "0001")
            assert connection.execute(text("select count(*) from message_part")).scalar() == 1
    engine.dispose()


def test_what_refers_to_a_message_outlives_the_copying_of_its_table(database_url: str) -> None:
    engine = connect(database_url)
    with renovating(engine) as connection:
        schema.upgrade(connection, "0003")
        times = "'2027-03-08', '2027-03-09', 0, '2027-03-08'"
        connection.execute(
            text(
                "insert into message"
                " (id, occasion, phone, text, state, channel, due_at, expires_at, attempts, created_at)"
                f" values (7, 'visit:1', '+86154', 'T', 'claimed', 'voice', {times})"
            )
        )
        connection.execute(
            text(
                "insert into call (server, uniqueid, direction, phone, trunk, message_id, started_at, path)"
                " values ('a', '1.1', 'out', '+86154', 'city', 7, '2027-03-08', '[]')"
            )
        )
    Store(engine).upgrade()
    with engine.begin() as connection:
        assert connection.execute(text("select message_id from call")).scalars().all() == [7]
        assert connection.execute(text("select id, state from message")).all() == [(7, "sending")]
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(text("update call set message_id = 8"))  # its foreign keys are watched again
    engine.dispose()
