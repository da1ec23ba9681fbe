"""The settings of the hotline: `[ivr]`, its Asterisks `[ivr.servers.NAME]`, its ways out `[ivr.trunks.NAME]`."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

Login = Literal["md5", "plain"]
NumberForm = Literal["national", "international", "plus"]
Place = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Prefix = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{1,15}$")]
Header = Annotated[str, StringConstraints(pattern=r"^[^\x00\r\n\x85\u2028\u2029]*$")]
# What Asterisk may dial; a comma would begin the next argument of Dial, a brace or $ an expression of the dialplan.
DialString = Annotated[str, StringConstraints(pattern=r"^$|^(queue:)?[A-Za-z0-9_.:/@*#&+{}-]{1,200}$")]
# A short code or a national number, or an international one (ITU-T E.164: at most 15 digits).
DUTY_PHONE = re.compile(r"|[0-9]{3,15}|\+[1-9][0-9]{6,14}")
Plan = list[Annotated[int, Field(ge=1, le=172_800)]]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False)


class ServerSettings(Table):
    """One Asterisk, reached by its manager interface (AMI). Times are seconds."""

    host: str = Field("127.0.0.1", min_length=1, description="Host name or address of the Asterisk.")
    port: int = Field(
        5038, ge=1, le=65535, description="TCP port of its manager interface (5038 plain, 5039 with TLS)."
    )
    tls: bool = Field(False, description="Speak TLS and verify the Asterisk's certificate.")
    tls_hostname: str | None = Field(None, description="Name that the certificate must carry, when it is not the host.")
    tls_ca: str | None = Field(None, description="PEM file with the authority to trust instead of the system's own.")
    username: Header = Field("caredial", min_length=1, description="Account in the Asterisk's manager.conf.")
    secret: SecretStr = Field(SecretStr(""), description="Password of the account.")
    login: Login = Field("md5", description="How we log in: md5 (challenge, the secret does not travel) or plain.")
    events: Header = Field("agi,call,dtmf,system", description="Classes of events that we ask for.")
    event_filters: list[Header] = Field(
        default_factory=list, description="Event filters that we add, as in manager.conf: '!Event: RTCP.*'."
    )
    ping_seconds: PositiveFloat = Field(20, le=300, description="Seconds of silence before asking if it lives.")
    response_timeout: PositiveFloat = Field(10, le=300, description="Seconds to wait for an answer.")
    connect_timeout: PositiveFloat = Field(
        10, le=300, description="Seconds to wait for a connection, and for the login."
    )
    reconnect_min: PositiveFloat = Field(1, description="Seconds before the first new attempt after a loss, at most.")
    reconnect_max: PositiveFloat = Field(60, description="Most seconds between two attempts.")
    refused_min: PositiveFloat = Field(
        30, description="Least seconds before a new attempt after a refused login, so that nobody locks us out."
    )
    refused_max: PositiveFloat = Field(900, description="Most seconds between two attempts while the login is refused.")
    line_octets: int = Field(65_536, ge=1024, description="Longest line that is read from the Asterisk, in octets.")

    @model_validator(mode="after")
    def _least_before_most(self) -> ServerSettings:
        if self.reconnect_min > self.reconnect_max or self.refused_min > self.refused_max:
            raise ValueError("reconnect_min and refused_min should not be over reconnect_max and refused_max")
        return self


class TrunkSettings(Table):
    """One way out: which Asterisk dials how, and how many calls at a time."""

    server: Place = Field("main", description="The Asterisk that dials.")
    dial: DialString = Field(
        "PJSIP/{number}@trunk", description="What Asterisk dials; {number} stands for the telephone number."
    )
    number: NumberForm = Field(
        "national", description="How the number is written: national, international (without +) or plus (with it)."
    )
    prefixes: list[Prefix] = Field(
        default_factory=list,
        description="Beginnings of the numbers that this trunk carries; none: all. The longest that fits goes first.",
    )
    calls: int = Field(10, ge=1, le=1000, description="Most calls that we have over this trunk at a time.")
    caller_id: Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{0,20}$")] = Field(
        "", description="Number that is shown to whom we call; empty: [installation] hotline."
    )
    ring_seconds: int = Field(30, ge=5, le=180, description="Seconds for which it rings before nobody is there.")

    @model_validator(mode="after")
    def _dials_a_number(self) -> TrunkSettings:
        rest = self.dial.replace("{number}", "")
        if rest == self.dial or "{" in rest or "}" in rest:
            raise ValueError("dial should have {number} in it, and no other brace")
        return self


class PromptSettings(Table):
    """Where speech comes from, and where Asterisk finds it."""

    folder: Path = Field(
        Path("prompts"),
        description="Folder of the prompts that `caredial prompts build` makes; a relative path starts at data_dir.",
    )
    recordings: Path | None = Field(
        None,
        description="Folder of human recordings, which go before the built prompts; not set: none; a relative path"
        " starts at the folder of this file.",
    )
    clips: Path = Field(
        Path("clips"),
        description="Folder of what is put together for calls; Asterisk must be able to read it by the same path; a"
        " relative path starts at data_dir.",
    )
    names: Path = Field(
        Path("names"),
        description="Folder of names that callers have spoken; Asterisk must be able to write to it; a relative path"
        " starts at data_dir.",
    )
    clips_megabytes: int = Field(200, ge=1, description="Most megabytes of clips that are kept to be used again.")
    voice_zh: str = Field("cmn", min_length=1, description="Voice of espeak-ng for Chinese.")
    voice_en: str = Field("en", min_length=1, description="Voice of espeak-ng for English.")
    words_per_minute: int = Field(160, ge=80, le=400, description="How fast espeak-ng speaks.")


class OutboundSettings(Table):
    """Calls that we make. A plan has the seconds from a dial to the next one; at its end the message has failed."""

    quiet_from: dt.time = Field(dt.time(21, 0), description="From when on nobody is called with notices.")
    quiet_until: dt.time = Field(dt.time(8, 0), description="Until when nobody is called with notices.")
    busy: Plan = Field([180, 600, 1800], description="When a phone that was busy is dialled again, in seconds.")
    no_answer: Plan = Field([900, 3600, 14_400], description="When a phone that nobody answered is dialled again.")
    rejected: Plan = Field([3600], description="When a call that was rejected is dialled again.")
    congestion: Plan = Field([60, 180, 600, 1800], description="When a call that found no line is dialled again.")
    unheard: Plan = Field(
        [3600, 14_400], description="When a call that was answered, but not listened to, is dialled again."
    )
    listen_seconds: float = Field(
        12, gt=0, le=120, description="Seconds to wait for the key that shows that a person listens."
    )
    poll_seconds: float = Field(2.0, gt=0, le=60, description="Seconds between looks at the outbox for calls to make.")


class IvrSettings(Table):
    """How the hotline answers. Times are seconds."""

    servers: dict[Place, ServerSettings] = Field(
        default_factory=dict, description="The Asterisks by name; none: there is no hotline here."
    )
    trunks: dict[Place, TrunkSettings] = Field(default_factory=dict, description="The ways out by name.")
    prompts: PromptSettings = Field(PromptSettings(), description="Where speech comes from.")
    outbound: OutboundSettings = Field(OutboundSettings(), description="Calls that we make.")
    menu: list[str] = Field(
        default_factory=lambda: ["book", "visits", "vaccines", "tips", "home", "language", "readings", "account"],
        min_length=1,
        description="What the hotline offers, in this order.",
    )
    operator: DialString = Field(
        "", description="What Asterisk dials for a person, as PJSIP/8000, or queue:NAME; empty: nobody is there."
    )
    operator_seconds: int = Field(40, ge=5, le=3600, description="Seconds for which the operator is rung.")
    emergency: str = Field("", description="Duty phone for emergencies where the caller's centre has none.")
    emergency_seconds: int = Field(45, ge=5, le=300, description="Seconds for which the duty phone is rung.")
    silence_seconds: float = Field(7, gt=0, le=60, description="Seconds after a question before silence is an answer.")
    key_seconds: float = Field(10, gt=0, le=60, description="Seconds between two keys of a number before it is over.")
    name_seconds: int = Field(10, ge=3, le=60, description="Most seconds of a name that is spoken.")
    wrong_answers: int = Field(
        3, ge=1, le=20, description="Wrong or silent answers in a row after which the operator is called."
    )
    calls: int = Field(400, ge=1, le=10_000, description="Most calls at a time; more go back to the dialplan.")
    goodbye_seconds: float = Field(
        6, gt=0, le=60, description="Seconds after the end of a dialog in which the menu can be had again."
    )

    @field_validator("operator")
    @classmethod
    def _operator_is_a_place(cls, operator: str) -> str:
        if "{" in operator or "}" in operator:
            raise ValueError("should have no brace: there is no number to be filled in")
        return operator

    @field_validator("emergency")
    @classmethod
    def _emergency_is_a_phone(cls, emergency: str) -> str:
        if not DUTY_PHONE.fullmatch(emergency):
            raise ValueError("should be empty, a telephone number, or a short code of 3 to 8 digits")
        return emergency

    @model_validator(mode="after")
    def _trunks_have_servers(self) -> IvrSettings:
        for name, trunk in self.trunks.items():
            if trunk.server not in self.servers:
                raise ValueError(f"trunk {name} is dialled by {trunk.server}, and there is no such server")
        return self
