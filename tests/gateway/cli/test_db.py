from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import text

from clinic import schema


def test_an_upgrade_makes_the_schema_and_may_be_repeated(caredial: Any, tmp_path: Path) -> None:
    Path("caredial.toml").write_text("")
    for _ in range(2):
        result = caredial("db", "upgrade")
        assert result.exit_code == 0
        assert result.stdout == f"the database is at {schema.newest()}\n"
    assert (tmp_path / "caredial.db").stat().st_mode & 0o077 == 0


def test_the_version_of_database_and_code_is_shown(caredial: Any, place: Any) -> None:
    result = caredial("db", "version")
    assert result.exit_code == 0
    assert result.stdout.split() == ["database", schema.newest(), "code", schema.newest()]


def test_an_empty_database_has_another_version(caredial: Any) -> None:
    Path("caredial.toml").write_text("")
    Path("caredial.db").touch()
    result = caredial("db", "version")
    assert result.exit_code == 1
    assert "database empty" in result.stdout
    assert "run `caredial db upgrade`" in result.stderr


def test_asking_for_the_version_makes_no_database(caredial: Any) -> None:
    Path("caredial.toml").write_text("")
    assert caredial("db", "version").exit_code == 1
    assert not Path("caredial.db").exists()


def test_a_sound_database_is_called_so(caredial: Any, place: Any) -> None:
    place.book()
    result = caredial("db", "check")
    assert result.exit_code == 0
    assert result.stdout.endswith(" rules hold\n")


def test_what_is_broken_is_told_with_its_rule(caredial: Any, place: Any) -> None:
    visit = place.book()
    place.store.run_now(lambda session: session.execute(text("delete from voucher")) and None)
    result = caredial("db", "check")
    assert result.exit_code == 1
    assert (
        f"visit {visit.id}: state booked, voucher None\n  A visit that is expected has one good T-code" in result.stderr
    )
