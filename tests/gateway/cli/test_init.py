from __future__ import annotations

import datetime as dt
import stat
import tomllib
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from clinic.tables import Centre, ClinicSession, Resident
from conf import __file__ as conf_file
from gateway.config import load


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def count(session: Any, *, table: Any) -> int:
    return int(session.scalar(select(func.count()).select_from(table)))


def test_a_first_start_gets_settings_keys_database_and_centres(caredial: Any, tmp_path: Path) -> None:
    result = caredial("init", "--sample", "--config", "new/caredial.toml")
    assert result.exit_code == 0, result.output
    assert (
        "sample    3 centres, 16 departments, 32 practitioners, 448 sessions, 3 templates, 342 residents"
        in result.output
    )
    assert "new/caredial.toml (new)" in result.output
    data = tmp_path / "new"
    assert mode(data) == mode(data / "keys") == mode(data / "keys" / "tcode") == 0o700
    assert {mode(data / name) for name in ("caredial.toml", "caredial.db", "keys/identity.key")} == {0o600}


def test_a_second_time_nothing_changes(caredial: Any, place: Any) -> None:
    def kept() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in [*place.folder.glob("keys/**/*.*"), Path("caredial.toml")]}

    before = kept()
    result = caredial("init", "--sample", "--http-port", "9999")
    assert result.exit_code == 0
    assert "(was there)" in result.output
    assert "not loaded: the database has centres already" in result.output
    assert kept() == before
    assert place.store.run_now(count, table=Resident) == 366


def test_the_ports_are_those_that_were_asked_for(caredial: Any) -> None:
    caredial("init", "--sample", "--http-port", "8090", "--smpp-port", "2790", "--manager-port", "5048")
    written = tomllib.loads(Path("caredial.toml").read_text())
    assert written["http"]["port"] == 8090
    assert written["smpp"]["links"]["main"]["port"] == 2790
    assert written["smpp"]["links"]["main"]["system_id"] == "caredial"
    assert written["ivr"]["servers"]["main"]["port"] == 5048


def test_the_sample_has_a_hotline_with_an_operator_a_duty_phone_and_a_way_out(caredial: Any) -> None:
    caredial("init", "--sample")
    ivr = load(Path("caredial.toml")).ivr
    assert (ivr.operator, ivr.emergency) == ("PJSIP/15499990000", "15499990009")
    assert ivr.servers["main"].secret.get_secret_value()
    assert (ivr.trunks["main"].server, ivr.trunks["main"].dial) == ("main", "PJSIP/{number}@trunk")


def test_settings_that_have_no_hotline_stay_so(caredial: Any) -> None:
    Path("caredial.toml").write_text("[http]\nport = 8080\n")
    assert "hotline   none" in caredial("init", "--sample").output
    assert not load(Path("caredial.toml")).ivr.servers


def test_without_the_sample_every_setting_is_written_and_no_centre(caredial: Any, tmp_path: Path) -> None:
    result = caredial("init")
    assert result.exit_code == 0, result.output
    assert Path("caredial.toml").read_text() == (Path(conf_file).parent / "caredial.toml").read_text()
    assert (tmp_path / "caredial.db").exists()
    assert "sample  " not in result.output


def test_sample_sessions_that_are_over_are_followed_by_new_ones(caredial: Any, place: Any) -> None:
    place.store.run_now(_long_ago)
    result = caredial("init", "--sample")
    assert "sample    448 sessions" in result.output
    assert place.store.run_now(count, table=ClinicSession) == 2 * 448


def _long_ago(session: Any) -> None:
    for row in session.scalars(select(ClinicSession)):
        row.day -= dt.timedelta(days=30)


def test_centres_of_ones_own_are_left_alone(caredial: Any, place: Any) -> None:
    place.store.run_now(_long_ago)
    place.store.run_now(lambda session: session.execute(update(Centre).values(code="X" + Centre.code)))
    result = caredial("init", "--sample")
    assert result.exit_code == 0
    assert "the database has centres of its own" in result.output
    assert place.store.run_now(count, table=ClinicSession) == 448


def test_wrong_settings_that_are_there_are_told_all_at_once(caredial: Any) -> None:
    Path("caredial.toml").write_text("[http]\nprot = 1\n[log]\nlevel = 'loud'\n")
    result = caredial("init")
    assert result.exit_code == 2
    assert "http.prot: no such setting, did you mean port?" in result.output
    assert "log.level" in result.output


def test_a_folder_that_others_can_look_into_is_told(caredial: Any, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert "other users can look into it: chmod 700" in caredial("init", "--sample").output
