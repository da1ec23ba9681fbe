"""Settings: a TOML file, overridden by the environment, typed; all mistakes are told at once.

`CAREDIAL_HTTP__PORT=8080` overrides `[http] port`, `CAREDIAL_SMPP__LINKS__MAIN__PASSWORD` the password of the link
`main`. In the file a secret is a text, `{ file = "NAME" }` or `{ env = "NAME" }`. conf/caredial.toml shows every
setting with its default; a test keeps the two equal.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from conf.texts.words import Language
from gateway.booking_settings import BookingSettings
from gateway.care_settings import CareSettings
from gateway.job_settings import JobSettings
from gateway.message_settings import ApiSettings, BroadcastSettings, ContractSettings, SmsSettings
from gateway.mistakes import closest, no_such_setting, read_secrets, sentence, told_once
from gateway.notice_settings import NoticeSettings
from gateway.payment_settings import PaymentSettings
from gateway.people_settings import PeopleSettings
from ivr.settings import IvrSettings, ServerSettings
from smpp.settings import LinkSettings
from ussd_menus.settings import MenuSettings

PREFIX = "CAREDIAL_"
LinkName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]


class ConfigError(Exception):
    """The settings cannot be used; `mistakes` has a line for each reason, no secrets in them."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class InstallationSettings(Table):
    data_dir: Path = Field(
        Path(), description="Folder of what the gateway writes; a relative path starts at this file's folder."
    )
    timezone: ZoneInfo = Field(
        ZoneInfo("Asia/Shanghai"), description="Time zone of the centres: their days and hours are told in it."
    )
    language: Language = Field("zh", description="Language for residents who have not chosen one, zh or en.")
    region: str = Field(
        "CN",
        pattern=r"^[A-Z]{2}$",
        description="Country (ISO 3166) by whose rules phone numbers without + are read.",
    )
    service_number: str = Field(
        "12580120", pattern=r"^\d{3,20}$", description="Number that residents send SMS to, and that ours come from."
    )
    ussd_code: str = Field(
        "*120#", pattern=r"^\*\d+(\*\d+)*#$", description="USSD code that residents dial for the menu."
    )
    hotline: str = Field("12580", pattern=r"^\d{3,20}$", description="Telephone number told for help.")
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^/\s]+(/[^\s]*[^/\s])?)?$",
        description="Address of our pages as a phone reaches them, no slash at the end; empty: http host and port.",
    )


class DatabaseSettings(Table):
    url: SecretStr = Field(
        SecretStr("sqlite:///caredial.db"),
        description="SQLAlchemy URL: a SQLite file (a relative path starts at data_dir), or postgresql+psycopg://...",
    )
    processes: int = Field(
        2,
        ge=0,
        le=64,
        description="Processes beside the daemon's own that work on the database, about 120 MB each; 0: its own threads"
        " do it.",
    )
    threads: int = Field(
        4,
        ge=1,
        le=64,
        description="Threads, each with a connection, that work on the database side by side where processes is 0.",
    )
    tries: int = Field(5, ge=1, le=50, description="How often a transaction that meets a lock is tried in all.")

    @field_validator("url")
    @classmethod
    def _is_a_database(cls, url: SecretStr) -> SecretStr:
        try:
            backend = make_url(url.get_secret_value()).get_backend_name()
        except ArgumentError:
            backend = ""
        if backend not in {"sqlite", "postgresql"}:
            raise ValueError("should begin with sqlite:/// or postgresql+psycopg://")
        return url


class SharedSettings(Table):
    url: SecretStr = Field(
        SecretStr(""),
        description="Redis URL of open dialogs and limits, redis://...; empty: inside this process, for one node.",
    )

    @field_validator("url")
    @classmethod
    def _is_redis(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("redis://", "rediss://", "unix://")) and url.get_secret_value():
            raise ValueError("should be empty or begin with redis://, rediss:// or unix://")
        return url


class HttpSettings(Table):
    host: str = Field("127.0.0.1", min_length=1, description="Address that the pages are served on.")
    port: int = Field(8080, ge=0, le=65535, description="TCP port of the pages; 0 takes any free one.")


class LogSettings(Table):
    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least important lines that are written: debug, info, warning or error."
    )
    format: Literal["text", "json"] = Field(
        "text", description="One line of text for people, or json for a collector; both are masked."
    )


class SmppSettings(Table):
    links: dict[LinkName, LinkSettings] = Field(
        default_factory=dict, description="The SMPP links by name; a name is lower case letters, digits, - and _."
    )

    @field_validator("links")
    @classmethod
    def _an_account_each(cls, links: dict[LinkName, LinkSettings]) -> dict[LinkName, LinkSettings]:
        """Receipts come by any bind of an account, so an account must be one link."""
        names: dict[tuple[str, int, str], str] = {}
        for name, link in links.items():
            account = (link.host, link.port, link.system_id)
            if names.setdefault(account, name) != name:
                raise ValueError(f"{names[account]} and {name} are one account; make it one link with more binds")
        ports: dict[tuple[str, int], str] = {}
        for name, link in links.items():
            port = (link.outbind_host, link.outbind_port)
            if link.outbind_port and ports.setdefault(port, name) != name:
                raise ValueError(f"{ports[port]} and {name} wait for an outbind at one port; give each its own")
        return links


class ControlSettings(Table):
    socket: str = Field(
        "control.sock",
        description="Unix socket by which `caredial smpp` reaches the daemon (a relative path starts at data_dir);"
        " empty: none.",
    )


class KioskSettings(Table):
    wrong_codes: int = Field(
        10, ge=1, le=1000, description="Wrong codes that a kiosk may enter within wrong_seconds before it must wait."
    )
    wrong_seconds: int = Field(
        60, ge=1, le=86_400, description="Seconds in which wrong codes are counted, and for which the kiosk waits."
    )


class KeySettings(Table):
    directory: Path = Field(
        Path("keys"), description="Folder of the key files (mode 700); a relative path starts at data_dir."
    )


class SlipSettings(Table):
    font: Path | None = Field(
        None, description="Font with Chinese for the printed slip; not set: the best that the system has."
    )
    width: Literal[384, 576] = Field(384, description="Dots across the slip: 384 on 58 mm paper, 576 on 80 mm.")


class Settings(BaseSettings):
    """Everything that can be set. Paths and addresses are complete in what `load` returns."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, env_prefix=PREFIX, env_nested_delimiter="__"
    )
    installation: InstallationSettings = Field(InstallationSettings(), description="Where and for whom we run.")
    database: DatabaseSettings = Field(DatabaseSettings(), description="What must not be lost.")
    shared: SharedSettings = Field(SharedSettings(), description="What several nodes share and may forget.")
    http: HttpSettings = Field(HttpSettings(), description="Pages of T-codes and kiosks, health and metrics.")
    log: LogSettings = Field(LogSettings(), description="What is written to standard error.")
    smpp: SmppSettings = Field(SmppSettings(), description="Links to SMS centres and USSD gateways.")
    ussd: MenuSettings = Field(MenuSettings(), description="Menus on a phone's screen.")
    ivr: IvrSettings = Field(IvrSettings(), description="The hotline: dialogs by voice, over Asterisk.")
    sms: SmsSettings = Field(SmsSettings(), description="How our SMS leave.")
    broadcasts: BroadcastSettings = Field(BroadcastSettings(), description="Messages to many.")
    booking: BookingSettings = Field(BookingSettings(), description="Limits that keep booking fair.")
    notices: NoticeSettings = Field(NoticeSettings(), description="Notices that come by themselves.")
    care: CareSettings = Field(CareSettings(), description="Follow-up of chronic disease.")
    payments: PaymentSettings = Field(PaymentSettings(), description="Payments that residents make by phone.")
    people: PeopleSettings = Field(PeopleSettings(), description="Real names.")
    contract: ContractSettings = Field(ContractSettings(), description="What SMS cost, by the operator's contract.")
    api: ApiSettings = Field(ApiSettings(), description="The messages API for other programs.")
    jobs: JobSettings = Field(JobSettings(), description="The scheduled jobs, which one node runs for all.")
    control: ControlSettings = Field(ControlSettings(), description="The running daemon, from its own machine.")
    kiosk: KioskSettings = Field(KioskSettings(), description="Limits against guessing.")
    keys: KeySettings = Field(KeySettings(), description="Where the key files are.")
    slip: SlipSettings = Field(SlipSettings(), description="The printed slip.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` has put together: it reads the environment itself, to tell all mistakes at once."""
        return (init_settings,)

    @model_validator(mode="after")
    def _sms_link_exists(self) -> Settings:
        if self.sms.link and self.sms.link not in self.smpp.links:
            meant = closest(self.sms.link, self.smpp.links)
            raise ValueError(f"sms.link: there is no link {self.sms.link}{meant}")
        return self


def load(path: Path | None) -> Settings:
    """The settings of this TOML file (None: only defaults, with `./var` as the folder) and of the environment.

    Raises ConfigError with every mistake.
    """
    base = Path("var") if path is None else path.parent
    data = {} if path is None else _read(path)
    mistakes = _merge_environment(data)
    mistakes += read_secrets(Settings, data, base)
    try:
        settings = Settings(**data)
    except ValidationError as error:
        mistakes += [sentence(Settings, mistake) for mistake in told_once(error.errors())]
    if mistakes:
        raise ConfigError(sorted(mistakes))
    return _complete(settings, base.absolute())


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: {getattr(error, 'strerror', None) or 'is not UTF-8'}"]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: {error}"]) from error


def _merge_environment(data: dict[str, Any]) -> list[str]:
    """Put the environment's values over the file's, in place; what cannot be used comes back as mistakes."""
    mistakes = [
        no_such_setting(f"environment {name}", table.lower(), Settings.model_fields)
        for name in os.environ
        if name.startswith(PREFIX) and "__" in name
        for table in [name.removeprefix(PREFIX).partition("__")[0]]
        if table.lower() not in Settings.model_fields
    ]
    try:
        _overlay(data, EnvSettingsSource(Settings)())
    except SettingsError as error:
        mistakes.append(f"environment: {error}")
    return mistakes


def _overlay(under: dict[str, Any], over: dict[str, Any]) -> None:
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(under.get(key), dict):
            _overlay(under[key], value)
        else:
            under[key] = value


def _complete(settings: Settings, base: Path) -> Settings:
    """Relative paths become absolute, an empty public address gets its value."""
    place, http, slip = settings.installation, settings.http, settings.slip
    data_dir = base / place.data_dir
    host = "127.0.0.1" if http.host in {"0.0.0.0", "::"} else http.host  # noqa: S104  every address
    public_url = place.public_url or f"http://{host}:{http.port}"
    return settings.model_copy(
        update={
            "installation": place.model_copy(update={"data_dir": data_dir, "public_url": public_url}),
            "database": settings.database.model_copy(update={"url": _anchored(settings.database.url, data_dir)}),
            "smpp": SmppSettings(links={name: _link(link, base) for name, link in settings.smpp.links.items()}),
            "ivr": _hotline(settings.ivr, base, data_dir),
            "payments": _payments(settings.payments, base),
            "people": _people(settings.people, base),
            "keys": settings.keys.model_copy(update={"directory": data_dir / settings.keys.directory}),
            "control": _reached(settings.control, data_dir),
            "slip": slip.model_copy(update={"font": slip.font and base / slip.font}),
        }
    )


def _anchored(secret: SecretStr, data_dir: Path) -> SecretStr:
    url = make_url(secret.get_secret_value())
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return secret
    return SecretStr(url.set(database=str(data_dir / str(url.database))).render_as_string(hide_password=False))


def _reached(control: ControlSettings, data_dir: Path) -> ControlSettings:
    return control.model_copy(update={"socket": control.socket and str(data_dir / control.socket)})


def _link(link: LinkSettings, base: Path) -> LinkSettings:
    return link.model_copy(update={"tls_ca": link.tls_ca and str(base / link.tls_ca)})


def _payments(payments: PaymentSettings, base: Path) -> PaymentSettings:
    providers = {
        name: one.model_copy(update={"tls_ca": one.tls_ca and str(base / one.tls_ca)})
        for name, one in payments.providers.items()
    }
    return payments.model_copy(update={"providers": providers})


def _people(people: PeopleSettings, base: Path) -> PeopleSettings:
    verifier = people.verifier
    whole = verifier.model_copy(update={"file": verifier.file and base / verifier.file})
    return people.model_copy(update={"verifier": whole})


def _hotline(ivr: IvrSettings, base: Path, data_dir: Path) -> IvrSettings:
    prompts = ivr.prompts
    folders = {
        "folder": data_dir / prompts.folder,
        "recordings": prompts.recordings and base / prompts.recordings,
        "clips": data_dir / prompts.clips,
        "names": data_dir / prompts.names,
    }
    return ivr.model_copy(
        update={
            "servers": {name: _server(server, base) for name, server in ivr.servers.items()},
            "prompts": prompts.model_copy(update=folders),
        }
    )


def _server(server: ServerSettings, base: Path) -> ServerSettings:
    return server.model_copy(update={"tls_ca": server.tls_ca and str(base / server.tls_ca)})
