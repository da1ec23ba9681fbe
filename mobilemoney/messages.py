"""Requests and answers of the GSMA Mobile Money API 1.x as frozen values, read strictly and written as they should be.

Amounts are strings in JSON and Decimal here; a number in JSON is no amount, because a float is none. What a message has
more than we know is left alone: versions of the API add to it (API Versioning). Field names, lengths and patterns:
GSMA Mobile Money API 1.2, API Service Definition and its OpenAPI document.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

LARGEST: Final = 64 * 1024
"""Octets of an answer or a callback: more is not read."""

_AMOUNT: Final = re.compile(r"(0|[1-9][0-9]{0,17})(\.[0-9]{1,4})?", re.ASCII)

Short = Annotated[str, msgspec.Meta(max_length=256)]
Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
"""What comes back to us in paths, logs and rows: printable, and not as long as the specification allows (256)."""
Correlation = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._~-]+$")]
"""A UUID by the specification; some platforms give other texts of unreserved characters."""
Status = Literal["pending", "completed", "failed"]
T = TypeVar("T")


class Unreadable(ValueError):
    """What came is no message of this kind: too long, no JSON, a field missing or out of its bounds."""


class Amount(Decimal):
    """An amount as the API writes it: no sign, no exponent, up to four decimals, no leading zeros."""

    @classmethod
    def read(cls, written: object) -> Amount:
        if not isinstance(written, str) or _AMOUNT.fullmatch(written) is None:
            raise ValueError("should be an amount in a text, as 5.00")
        return cls(written)

    @classmethod
    def of(cls, value: Decimal) -> Amount:
        """A Decimal as an amount; ValueError where the API has no way to write it."""
        return cls.read(format(value, "f"))

    @property
    def written(self) -> str:
        return format(self, "f")


class Message(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """What all messages are."""


class Pair(Message, frozen=True):
    """A party of a transaction, a metadatum, a parameter of an error."""

    key: Short
    value: Short


Parties = Annotated[tuple[Pair, ...], msgspec.Meta(max_length=10)]


class Transaction(Message, frozen=True):
    """A transaction as asked for (without type, status and references) and as a provider tells it.

    `amount` and `currency` may be missing in callbacks of dialects, never in those of the standard.
    """

    amount: Amount | None = None
    currency: Short = ""
    type: Short = ""
    debit_party: Parties = ()
    credit_party: Parties = ()
    description_text: Annotated[str, msgspec.Meta(max_length=256)] = ""
    request_date: Short = ""
    creation_date: Short = ""
    modification_date: Short = ""
    requesting_organisation_transaction_reference: Short = ""
    original_transaction_reference: Short = ""
    transaction_reference: Reference | Literal[""] = ""
    transaction_status: Short = ""
    metadata: Annotated[tuple[Pair, ...], msgspec.Meta(max_length=20)] = ()


class Reversal(Message, frozen=True):
    """Take a transaction back as a whole: POST /transactions/{reference}/reversals."""

    type: Literal["reversal"] = "reversal"
    amount: Amount | None = None
    currency: Short = ""


class Problem(Message, frozen=True):
    """The errors object. Categories and codes are texts: dialects have their own beside the harmonised ones."""

    error_category: Short
    error_code: Short
    error_description: Annotated[str, msgspec.Meta(max_length=1024)] = ""
    error_date_time: Short = ""
    error_parameters: Annotated[tuple[Pair, ...], msgspec.Meta(max_length=20)] = ()

    @property
    def told(self) -> str:
        """A line for a log or a row, bounded."""
        return f"{self.error_category}/{self.error_code} {self.error_description}".strip()[:200]


class RequestState(Message, frozen=True):
    """How an asynchronous request stands: the first answer (202), and GET /requeststates/{serverCorrelationId}."""

    server_correlation_id: Correlation
    status: Status
    notification_method: Short = ""
    object_reference: Reference | Literal[""] = ""
    pending_reason: Short = ""
    expiry_time: Short = ""
    poll_limit: Annotated[int, msgspec.Meta(ge=0, le=2**31)] | None = None
    error: Problem | None = None
    error_reference: Problem | None = None

    @property
    def problem(self) -> Problem | None:
        """The document says `errorReference`, its OpenAPI `error`; both are met."""
        return self.error or self.error_reference


class Link(Message, frozen=True):
    """Where the answer to an earlier request is: GET /responses/{clientCorrelationId}."""

    link: Annotated[str, msgspec.Meta(min_length=1, max_length=512, pattern=r"^[\x21-\x7e]+$")]


class Heartbeat(Message, frozen=True):
    """GET /heartbeat."""

    service_status: Literal["available", "unavailable", "degraded"]


class Token(msgspec.Struct, frozen=True):
    """An OAuth 2 access token (RFC 6749 section 5.1)."""

    access_token: Annotated[str, msgspec.Meta(min_length=1, max_length=8192, pattern=r"^[\x21-\x7e]+$")]
    token_type: Short = ""
    expires_in: Annotated[int, msgspec.Meta(ge=0, le=10**9)] = 3600


def read(body: bytes, kind: type[T]) -> T:
    """The message in these octets. Raises Unreadable, with a reason that holds nothing of them but field names."""
    if len(body) > LARGEST:
        raise Unreadable(f"longer than {LARGEST} octets")
    try:
        return msgspec.json.decode(body, type=kind, dec_hook=_from_json)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(str(error)[:200]) from error


def written(message: object) -> bytes:
    return msgspec.json.encode(message, enc_hook=_to_json)


def reference_of(link: str) -> tuple[str, str]:
    """`.../transactions/ABC` as ("transactions", "ABC"); two empty texts where it is no such link."""
    found = re.search(r"/(transactions|requeststates)/([A-Za-z0-9._~-]{1,64})/?$", link)
    return (found[1], found[2]) if found else ("", "")


def _from_json(kind: type[Any], value: Any) -> Any:
    if kind is Amount:
        return Amount.read(value)
    raise NotImplementedError(kind)


def _to_json(value: Any) -> Any:
    if isinstance(value, Amount):
        return value.written
    raise NotImplementedError(type(value))
