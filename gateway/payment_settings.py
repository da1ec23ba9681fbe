"""Settings of payments by phone: `[payments]` and a table `[payments.providers.NAME]` for each provider."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, SecretStr, StringConstraints, field_validator

from mobilemoney.dialects import DIALECTS

ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Phones = Annotated[str, StringConstraints(pattern=r"^\+[0-9]{1,15}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
_PLAIN = r"^[\x20-\x7e]*$"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False)


class PaymentProviderSettings(_Table):
    """One mobile-money provider."""

    url: str = Field(
        "",
        pattern=r"^(https?://[^/\s]+(/[^\s]*[^/\s])?)?$",
        description="Address of the provider's API, no slash at the end; empty: it is not in use.",
    )
    dialect: str = Field("gsma", description="How the provider speaks: gsma or mvola.")
    client_id: str = Field("", pattern=_PLAIN, description="What we log in with (OAuth 2 client credentials).")
    client_secret: SecretStr = Field(SecretStr(""), description="The secret that belongs to client_id.")
    token_url: str = Field(
        "", pattern=r"^(https?://\S+)?$", description="Where tokens are asked for; empty: the dialect's path at url."
    )
    tls_ca: str | None = Field(None, description="PEM file with the authority to trust instead of the system's own.")
    merchant: str = Field("", pattern=_PLAIN, max_length=256, description="Our number or name at the provider.")
    partner: str = Field("", pattern=_PLAIN, max_length=50, description="Our name as residents see it.")
    api_key: SecretStr = Field(SecretStr(""), description="API key that each request shows, where there is one.")
    callback_key: SecretStr = Field(
        SecretStr(""), description="Shared secret that the provider's callbacks show (X-API-Key); empty: none."
    )
    prefixes: tuple[Phones, ...] = Field((), description="How the phones begin that it has, as +86154; none: any.")
    currencies: tuple[Currency, ...] = Field((), description="Currencies that it takes, as CNY; none: any.")
    timeout: PositiveFloat = Field(15, le=120, description="Seconds that it has to answer.")

    @field_validator("dialect")
    @classmethod
    def _is_known(cls, dialect: str) -> str:
        if dialect not in DIALECTS:
            raise ValueError(f"should be {' or '.join(DIALECTS)}, not {dialect!r}")
        return dialect

    @property
    def in_use(self) -> bool:
        return bool(self.url)


class PaymentSettings(_Table):
    """Payments that a provider asks a phone's holder for."""

    callback_url: str = Field(
        "",
        pattern=r"^(https?://[^/\s]+(/[^\s]*[^/\s])?)?$",
        description="Address at which providers reach our pages, no slash at the end; empty: public_url.",
    )
    poll_seconds: PositiveFloat = Field(2, le=60, description="Seconds between looks for payments that are due.")
    most: int = Field(16, ge=1, le=200, description="Payments that are asked for, or about, at the same time.")
    lease_seconds: int = Field(
        120, ge=10, le=3600, description="Seconds after which another node takes up what a node that died was asking."
    )
    give_up_hours: int = Field(
        24, ge=1, le=720, description="Hours after which a payment that the provider knows nothing of has failed."
    )
    providers: dict[ProviderName, PaymentProviderSettings] = Field(
        default_factory=dict, description="The providers by name; of several that have a phone the first is taken."
    )
