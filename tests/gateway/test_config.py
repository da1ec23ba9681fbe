"""Settings: what is read, what overrides what, and how mistakes are told."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from gateway.config import ConfigError, Settings, load
from gateway.payment_settings import PaymentProviderSettings
from gateway.people_settings import VerifierSettings
from ivr.settings import OutboundSettings, PromptSettings, ServerSettings, TrunkSettings
from smpp.settings import LinkSettings
from smpp.ussd import DIALECTS

EXAMPLE = Path(__file__).resolve().parents[2] / "conf" / "caredial.toml"
WRITTEN = EXAMPLE.read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("CAREDIAL_"):
            monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "caredial.toml"


def mistakes(file: Path, text: str) -> list[str]:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    return caught.value.mistakes


class TestTheCommentedFile:
    """conf/caredial.toml is complete and tells the truth."""

    def test_loads(self) -> None:
        assert list(load(EXAMPLE).smpp.links) == ["main"]

    def test_has_every_table(self) -> None:
        assert set(tomllib.loads(WRITTEN)) == set(Settings.model_fields)

    @pytest.mark.parametrize(
        ("table", "model"),
        [
            *((name, field.annotation) for name, field in Settings.model_fields.items() if name != "smpp"),
            ("smpp.links.main", LinkSettings),
            ("ivr.prompts", PromptSettings),
            ("ivr.servers.main", ServerSettings),
            ("ivr.trunks.main", TrunkSettings),
            ("ivr.outbound", OutboundSettings),
            ("people.verifier", VerifierSettings),
            ("payments.providers.main", PaymentProviderSettings),
        ],
    )
    def test_has_every_setting_with_its_default_and_its_sentence(self, table: str, model: type[BaseModel]) -> None:
        written = section(table)
        values = tomllib.loads("\n".join(line for _, line in written.values() if not line.startswith("#")))
        assert list(written) == [name for name in model.model_fields if f"\n[{table}.{name}" not in WRITTEN]
        for name, default in model().model_dump(include=set(written)).items():
            comment, line = written[name]
            if default is None:
                assert line == f'# {name} = ""'
            else:
                assert model.model_validate({name: values[name]}).model_dump()[name] == default, name
            field = model.model_fields[name]
            sentence = str(field.description)
            assert re.fullmatch(r"\w.*\.", sentence)
            assert comment.startswith(sentence.removesuffix("."))
            for choice in words(field.annotation):
                assert choice in comment, f"{name} may be {choice}"

    def test_names_every_ussd_dialect(self) -> None:
        comment, _ = section("smpp.links.main")["ussd"]
        assert set(DIALECTS) < set(re.findall(r"\w+", comment))


def section(table: str) -> dict[str, tuple[str, str]]:
    """The settings of a table as written: name -> (comment in one line, the line of the setting)."""
    _, _, after = WRITTEN.partition(f"\n[{table}]\n")
    found: dict[str, tuple[str, str]] = {}
    comment: list[str] = []
    for line in after.split("\n\n")[0].splitlines():
        setting = re.match(r"(?:# )?(\w+) = ", line)
        if setting:
            found[setting[1]] = " ".join(comment), line
            comment = []
        else:
            comment.append(line.removeprefix("# "))
    return found


def words(annotation: Any) -> Iterator[str]:
    """The words that a setting can be, where it cannot be any other."""
    if get_origin(annotation) is Literal:
        yield from (word for word in get_args(annotation) if isinstance(word, str))
    for part in get_args(annotation):
        yield from words(part)


class TestFile:
    def test_values_come_from_the_file_and_the_rest_is_default(self, file: Path) -> None:
        file.write_text('[installation]\nhotline = "10086"\n[http]\nport = 9000\n')
        settings = load(file)
        assert (settings.installation.hotline, settings.http.port) == ("10086", 9000)
        assert settings.installation.ussd_code == "*120#"

    def test_several_links_each_with_their_name(self, file: Path) -> None:
        file.write_text('[smpp.links.east]\nhost = "192.0.2.1"\n[smpp.links.west]\nbind = "receiver"\n')
        links = load(file).smpp.links
        assert {name: (link.host, link.bind) for name, link in links.items()} == {
            "east": ("192.0.2.1", "transceiver"),
            "west": ("127.0.0.1", "receiver"),
        }

    def test_relative_paths_start_at_the_files_folder(self, file: Path) -> None:
        file.write_text(
            '[installation]\ndata_dir = "data"\n[slip]\nfont = "slip.ttf"\n[smpp.links.main]\ntls_ca = "ca.pem"\n'
        )
        settings = load(file)
        here = file.parent
        assert settings.installation.data_dir == here / "data"
        assert settings.database.url.get_secret_value() == f"sqlite:///{here}/data/caredial.db"
        assert settings.keys.directory == here / "data" / "keys"
        assert settings.slip.font == here / "slip.ttf"
        assert settings.smpp.links["main"].tls_ca == str(here / "ca.pem")

    def test_absolute_paths_and_servers_stay(self, file: Path) -> None:
        url = "postgresql+psycopg://caredial:p%40ss@db.example:5432/caredial"
        file.write_text(f'[installation]\ndata_dir = "/var/lib/caredial"\n[database]\nurl = "{url}"\n')
        settings = load(file)
        assert settings.installation.data_dir == Path("/var/lib/caredial")
        assert settings.keys.directory == Path("/var/lib/caredial/keys")
        assert settings.database.url.get_secret_value() == url

    def test_a_database_in_memory_stays_there(self, file: Path) -> None:
        file.write_text('[database]\nurl = "sqlite:///:memory:"\n')
        assert load(file).database.url.get_secret_value() == "sqlite:///:memory:"

    def test_without_a_file_everything_is_default_and_lies_in_var(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        settings = load(None)
        assert settings.installation.data_dir == tmp_path / "var"
        assert settings.smpp.links == {}

    def test_the_public_address_follows_the_port_until_it_is_set(self, file: Path) -> None:
        file.write_text('[http]\nhost = "0.0.0.0"\nport = 9000\n')
        assert load(file).installation.public_url == "http://127.0.0.1:9000"
        file.write_text('[installation]\npublic_url = "https://t.example.cn"\n')
        assert load(file).installation.public_url == "https://t.example.cn"

    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"none\.toml: No such file or directory"):
            load(tmp_path / "none.toml")

    def test_a_file_that_is_not_toml(self, file: Path) -> None:
        (mistake,) = mistakes(file, "[http\nport = 1")
        assert mistake.startswith(f"{file}: ")
        assert "line 1" in mistake

    def test_a_file_that_is_not_utf8(self, file: Path) -> None:
        file.write_bytes("# 健康".encode("gb18030"))
        with pytest.raises(ConfigError, match="is not UTF-8"):
            load(file)


class TestEnvironment:
    def test_overrides_the_file(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file.write_text("[http]\nport = 9000\n")
        monkeypatch.setenv("CAREDIAL_HTTP__PORT", "9001")
        assert load(file).http.port == 9001

    def test_gives_one_setting_of_one_link(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file.write_text('[smpp.links.main]\nhost = "192.0.2.1"\npassword = { file = "unused" }\n')
        monkeypatch.setenv("CAREDIAL_SMPP__LINKS__MAIN__PASSWORD", "12345678")
        link = load(file).smpp.links["main"]
        assert link.host == "192.0.2.1"
        assert link.password.get_secret_value() == "12345678"

    def test_a_list_is_written_as_json(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CAREDIAL_SMPP__LINKS__MAIN__PREFIXES", '["+86138", "+86139"]')
        assert load(None).smpp.links["main"].prefixes == ("+86138", "+86139")

    @pytest.mark.parametrize(
        ("written", "session"),
        [("mica", "user_message_reference"), ('{"base": "sixdee", "ask": 3}', "its_session_info_15bit")],
    )
    def test_a_dialect_is_a_name_or_a_table(self, monkeypatch: pytest.MonkeyPatch, written: str, session: str) -> None:
        monkeypatch.setenv("CAREDIAL_SMPP__LINKS__MAIN__USSD", written)
        dialect = load(None).smpp.links["main"].ussd
        assert dialect is not None
        assert dialect.session == session

    def test_of_a_setting_that_does_not_exist(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CAREDIAL_HTPP__PORT", "1")
        monkeypatch.setenv("CAREDIAL_HTTP__PROT", "1")
        assert mistakes(file, "") == [
            "environment CAREDIAL_HTPP__PORT: no such setting, did you mean http?",
            "http.prot: no such setting, did you mean port?",
        ]

    def test_that_gives_a_table_no_table(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CAREDIAL_HTTP", "8080")
        (mistake,) = mistakes(file, "")
        assert mistake.startswith("http: ")

    def test_other_variables_are_none_of_our_business(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CAREDIAL_NODE_MODULES", "node_modules")
        assert load(None).http.port == 8080


class TestSecrets:
    def test_from_a_file_beside_the_settings(self, file: Path) -> None:
        (file.parent / "smpp.pass").write_text("12345678\n")
        file.write_text('[smpp.links.main]\npassword = { file = "smpp.pass" }\n')
        assert load(file).smpp.links["main"].password.get_secret_value() == "12345678"

    def test_from_the_environment(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DB_URL", "postgresql+psycopg://u:p@db/caredial")
        file.write_text('[database]\nurl = { env = "DB_URL" }\n')
        assert load(file).database.url.get_secret_value() == "postgresql+psycopg://u:p@db/caredial"

    def test_that_cannot_be_had(self, file: Path) -> None:
        found = mistakes(
            file,
            '[smpp.links.a]\nsystem_id = "a"\npassword = { file = "gone" }\n'
            '[smpp.links.b]\nsystem_id = "b"\npassword = { env = "GONE" }\n'
            '[smpp.links.c]\nsystem_id = "c"\npassword = { fil = "gone" }\n',
        )
        assert found == [
            f"smpp.links.a.password: cannot read {file.parent / 'gone'}: No such file or directory",
            "smpp.links.b.password: the environment has no GONE",
            'smpp.links.c.password: should be a text, { file = "NAME" } or { env = "NAME" }',
        ]

    def test_are_never_printed(self, file: Path) -> None:
        file.write_text(
            '[database]\nurl = "postgresql+psycopg://u:hushhush@db/x"\n[shared]\nurl = "redis://:hushhush@r/0"\n'
            '[smpp.links.main]\npassword = "hushhush"\n'
        )
        settings = load(file)
        for printed in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
            assert "hushhush" not in printed

    def test_are_not_printed_in_mistakes_either(self, file: Path) -> None:
        found = mistakes(
            file,
            '[database]\nurl = "hushhush://x"\n[shared]\nurl = "hushhush"\n'
            '[smpp.links.main]\npassword = "hushhushhush"\n[smpp.links.two]\npassword = ["hushhush"]\n',
        )
        assert len(found) == 4
        assert "hushhush" not in "".join(found)


class TestMistakes:
    def test_two_links_with_one_account(self, file: Path) -> None:
        found = mistakes(file, '[smpp.links.a]\n[smpp.links.b]\n[smpp.links.c]\nsystem_id = "other"\n')
        assert found == ["smpp.links: a and b are one account; make it one link with more binds"]

    def test_of_a_dialect_are_told_once_and_without_our_types(self, file: Path) -> None:
        found = mistakes(
            file,
            '[smpp.links.a]\nsystem_id = "a"\nussd = { ask = 300 }\nprefixes = "138"\n'
            '[smpp.links.b]\nsystem_id = "b"\nussd = "sixde"\n',
        )
        assert found == [
            "smpp.links.a.prefixes: should be a list, not '138'",
            "smpp.links.a.ussd.ask: should be less than or equal to 255, not 300",
            f"smpp.links.b.ussd: no USSD dialect sixde, there are {', '.join(DIALECTS)}",
        ]

    def test_two_links_that_wait_at_one_port(self, file: Path) -> None:
        found = mistakes(
            file,
            '[smpp.links.a]\noutbind_port = 2776\n[smpp.links.b]\nsystem_id = "b"\noutbind_port = 2776\n',
        )
        assert found == ["smpp.links: a and b wait for an outbind at one port; give each its own"]

    def test_are_told_all_at_once_each_with_its_path(self, file: Path) -> None:
        found = mistakes(
            file,
            """
            [htpp]
            [http]
            port = "eighty"
            [smpp.links.main]
            prot = 2775
            bind = "both"
            [installation]
            timezone = "Asia/Shangai"
            """,
        )
        assert found == [
            "htpp: no such setting, did you mean http?",
            "http.port: should be a valid integer, unable to parse string as an integer, not 'eighty'",
            "installation.timezone: invalid timezone: Asia/Shangai, not 'Asia/Shangai'",
            "smpp.links.main.bind: should be 'transceiver', 'transmitter', 'receiver' or 'pair', not 'both'",
            "smpp.links.main.prot: no such setting, did you mean port?",
        ]

    def test_a_name_that_is_like_no_other_gets_no_guess(self, file: Path) -> None:
        assert mistakes(file, "[http]\nxyzzy = 1\n") == ["http.xyzzy: no such setting"]

    def test_a_number_out_of_range(self, file: Path) -> None:
        assert mistakes(file, "[http]\nport = 70000\n") == [
            "http.port: should be less than or equal to 65535, not 70000"
        ]

    def test_two_settings_that_contradict_each_other(self, file: Path) -> None:
        assert mistakes(file, "[smpp.links.main]\nreconnect_min = 90\n") == [
            "smpp.links.main: reconnect_min is more than reconnect_max"
        ]

    def test_a_link_name_that_could_not_be_a_variable(self, file: Path) -> None:
        (mistake,) = mistakes(file, "[smpp.links.Main]\n")
        assert mistake.startswith("smpp.links.Main: ")

    def test_sms_by_a_link_that_does_not_exist(self, file: Path) -> None:
        assert mistakes(file, '[sms]\nlink = "mian"\n[smpp.links.main]\n') == [
            "sms.link: there is no link mian, did you mean main?"
        ]

    @pytest.mark.parametrize(
        "setting",
        [
            'ussd_code = "120"',
            'service_number = "+86 10"',
            'public_url = "t.example.cn"',
            'public_url = "https://t.example.cn/"',
            'language = "fr"',
        ],
    )
    def test_what_could_not_work(self, file: Path, setting: str) -> None:
        (mistake,) = mistakes(file, f"[installation]\n{setting}\n")
        assert mistake.startswith(f"installation.{setting.split(maxsplit=1)[0]}: ")
