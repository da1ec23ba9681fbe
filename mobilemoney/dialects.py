"""How one mobile money platform speaks: a short table (`Dialect`), and the ones that are known (dialects.toml)."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from importlib import resources
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from mobilemoney.messages import Amount

Path = Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9._~/{}-]*)?$")]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]*$")]
HeaderText = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]*$")]


class NotSpoken(ValueError):
    """This platform has no way to say it: a currency that it does not know, an amount with too many decimals."""


class Dialect(BaseModel):
    """What a platform calls what; the defaults are the standard's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("gsma", description="What this dialect is called.")
    token: Path = Field(
        "/oauth/accesstoken", description="Where the OAuth 2 token is asked for; the API leaves it open."
    )
    scope: HeaderText = Field("", description="Scope that is asked for with the token.")
    pay: Path = Field("/transactions/type/merchantpay", description="Asks a phone's holder for money.")
    refund: Path = Field("/transactions/type/adjustment", description="Gives money back, or a part of it.")
    state: Path = Field("/requeststates/{server}", description="How a request stands.")
    response: Path = Field("/responses/{correlation}", description="What became of a request whose answer was lost.")
    transaction: Path = Field("/transactions/{reference}", description="A transaction.")
    statement: Path = Field("/accounts/{key}/{merchant}/transactions", description="The merchant's transactions.")
    heartbeat: Path = Field("/heartbeat", description="Whether the platform is there.")
    repeats: bool = Field(
        True, description="Whether a repeated X-CorrelationID is never paid twice, so that we may ask once more."
    )
    correlation_header: HeaderName = Field("X-CorrelationID", description="Header of our correlation id.")
    callback_header: HeaderName = Field("X-Callback-URL", description="Header of the address for the callback.")
    date_header: HeaderName = Field("X-Date", description="Header of the time of the request; empty: none.")
    client_header: HeaderName = Field("X-Client-Id", description="Header of our client id; empty: none.")
    key_header: HeaderName = Field("X-API-Key", description="Header of an API key, where one is set; empty: none.")
    hash_header: HeaderName = Field("X-Content-Hash", description="Header of the body's SHA-256; empty: none.")
    headers: dict[HeaderName, HeaderText] = Field(default_factory=dict, description="Further headers of each request.")
    currencies: dict[str, HeaderText] = Field(
        default_factory=dict, description="Currencies (ISO 4217) that it spells in its own way; with any, only these."
    )
    decimals: int = Field(2, ge=0, le=4, description="Decimals of an amount.")
    merchant_key: HeaderName = Field("organisationid", description="What kind of identifier the merchant id is.")
    national: str = Field("", pattern=r"^\d*$", description="Country code that becomes a 0; empty: numbers with +.")
    description: int = Field(160, ge=1, le=160, description="Longest descriptionText.")
    partner_key: HeaderName = Field("", description="Metadatum that names us; empty: none.")

    @field_validator("pay", "state", "transaction")
    @classmethod
    def _is_there(cls, path: str) -> str:
        if not path:
            raise ValueError("no dialect works without it")
        return path

    def currency(self, iso: str) -> str:
        """The currency as this platform writes it. Raises NotSpoken."""
        if self.currencies and iso not in self.currencies:
            raise NotSpoken(f"{self.name} knows the currencies {', '.join(sorted(self.currencies))}, not {iso}")
        return self.currencies.get(iso, iso)

    def iso(self, written: str) -> str:
        """The currency that this platform has written, by ISO 4217; as it stands where it is none of its own."""
        return next((iso for iso, own in self.currencies.items() if own == written), written)

    def amount(self, value: Decimal) -> Amount:
        """The amount with this platform's decimals. Raises NotSpoken, never rounds."""
        scaled = value.quantize(Decimal(1).scaleb(-self.decimals))
        if scaled != value or value < 0:
            raise NotSpoken(f"{self.name} cannot write the amount {value}")
        try:
            return Amount.of(scaled)
        except ValueError as error:
            raise NotSpoken(f"{self.name} cannot write the amount {value}") from error

    def phone(self, e164: str) -> str:
        """A phone as this platform writes it: +86154..., or 0154... at home."""
        if self.national and e164.startswith(f"+{self.national}"):
            return f"0{e164.removeprefix(f'+{self.national}')}"
        return e164

    def text(self, description: str) -> str:
        """A description that every platform takes: no line breaks, no signs of markup, in its length."""
        return re.sub(r"[^\w.,:()-]+", " ", description).strip()[: self.description]


def _known() -> dict[str, Dialect]:
    tables = tomllib.loads(resources.files("mobilemoney").joinpath("dialects.toml").read_text(encoding="utf-8"))
    return {name: Dialect(name=name, **table) for name, table in tables.items()}


DIALECTS: Final = _known()
GSMA: Final = DIALECTS["gsma"]
