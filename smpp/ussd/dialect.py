"""How one network speaks USSD: a short table (`Dialect`), and the ones that are known (dialects.toml)."""

import tomllib
from importlib import resources
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from smpp import text as texts
from smpp.kinds import Alphabet, Encoding

Op = Literal["begin", "answer", "confirm", "release"]
OPS: Final[tuple[Op, ...]] = ("begin", "answer", "confirm", "release")

Value = Annotated[int, Field(ge=0, le=255)] | Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,5}$")]
"""A number of one octet in a TLV, or a word in service_type (5 characters, 5.2.11)."""
Values = Annotated[tuple[Value, ...], Field(min_length=1)]
TlvName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$")]
Octet = Annotated[int, Field(ge=0, le=255)]


class Dialect(BaseModel):
    """How one network carries USSD; the defaults are the standard's. A name stands for the table of that name.

    In settings: `ussd = "sixdee"`, or a table that starts from a known one: `ussd = { base = "sixdee", ask = 3 }`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("standard", description="What this dialect is called.")
    session: TlvName = Field(
        "its_session_info",
        description="What numbers a session: its_session_info, its_session_info_15bit, user_message_reference, "
        "none, or the TLV of that name or tag (0x1501).",
    )
    operation: TlvName = Field(
        "ussd_service_op", description="Where the operation is: a TLV's name or tag, or service_type."
    )
    begin: Values = Field((0, 1), description="Operations by which a subscriber begins a session.")
    answer: Values = Field((18,), description="Operations that carry a subscriber's answer.")
    confirm: Values = Field((19,), description="Operations that confirm a notice.")
    release: Values = Field((0x81,), description="Operations by which the network ends a session.")
    ask: Value = Field(2, description="Operation of a text that wants an answer.")
    tell: Value = Field(3, description="Operation of a notice.")
    end: Values = Field((16, 17), description="Operations that end a session, in the order of begin; the last for all.")
    code: Literal["text", "destination"] = Field(
        "text", description="Where the dialled code is looked for first; the other place comes second."
    )
    numbered: bool = Field(False, description="Whether we number the sessions that we begin, or the network does.")
    service_type: str = Field("USSD", max_length=5, description="service_type of our texts.")
    septets: int = Field(182, ge=20, le=182, description="Longest text in GSM characters (3GPP 29.002: 160 octets).")
    ucs2: int = Field(80, ge=10, le=80, description="Longest text in UCS-2 characters (160 octets).")
    gsm_coding: Octet = Field(texts.GSM7_CODING, description="data_coding of texts in GSM characters (0 or 15).")
    ucs2_coding: Octet = Field(texts.UCS2_CODING, description="data_coding of texts in UCS-2 (8 or 72).")
    alphabet: Alphabet = Field(
        "gsm7", description="What data_coding 0 means; the link's default_alphabet where it is not said here."
    )
    packed: bool = Field(False, description="Whether texts in GSM characters are packed, 8 in 7 octets.")

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        """Take a name for the table of that name, and `base` for the table to start from."""
        if isinstance(value, str):
            return _known(value)
        if isinstance(value, dict) and "base" in value:
            own = {name: one for name, one in value.items() if name != "base"}
            return _known(str(value["base"])) | own
        return value

    @model_validator(mode="after")
    def _words_and_numbers(self) -> "Dialect":
        words = self.operation == "service_type"
        every = (*self.begin, *self.answer, *self.confirm, *self.release, self.ask, self.tell, *self.end)
        if any(isinstance(value, str) != words for value in every):
            raise ValueError("operations are words in service_type, and numbers in a TLV")
        return self

    def fits(self, text: str) -> bool:
        """Tell whether a text can be shown in one go (3GPP 29.002: 160 octets, hence 182 septets or 80 UCS-2)."""
        encoded = self._encoded(text)
        return encoded.units <= (self.septets if encoded.encoding == "gsm7" else self.ucs2)

    def encode(self, text: str) -> tuple[int, bytes]:
        """Return data_coding and octets of a text."""
        encoded = self._encoded(text)
        return self.coding(encoded.encoding), encoded.octets

    def decode(self, data_coding: int, octets: bytes) -> str:
        """Read a text without the NUL that some gateways close it with, and that GSM-7 would show as "@"."""
        if texts.alphabet(data_coding) == "ucs2":
            return texts.decode_ucs2(octets).rstrip("\0")
        alphabet = self._alphabet(data_coding)
        packed = alphabet == "gsm7_packed"
        bare = octets if packed else octets.removesuffix(b"\0")
        # 0x0F is the coding of USSD in its own table (23.038 section 5), and reserved for SMS.
        return texts.decode(texts.GSM7_CODING if packed else data_coding, bare, alphabet, ussd=True)

    def _encoded(self, text: str) -> texts.Encoded:
        return texts.encode(text, self._alphabet(self.gsm_coding), ussd=True)

    def _alphabet(self, data_coding: int) -> Alphabet:
        """Return what texts with this data_coding are in, if not in UCS-2; 0 alone has a meaning of the SMSC's own."""
        if self.packed and data_coding in (texts.GSM7_CODING, self.gsm_coding):
            return "gsm7_packed"
        return self.alphabet if data_coding == texts.GSM7_CODING else "gsm7"

    def coding(self, encoding: Encoding) -> int:
        """Return the data_coding of a text in this encoding."""
        return self.gsm_coding if encoding == "gsm7" else self.ucs2_coding

    def ending(self, began: Value | None) -> Value:
        """Return the operation that ends a session begun by `began` (None: by us)."""
        place = self.begin.index(began) if began in self.begin else -1
        return self.end[min(place, len(self.end) - 1)] if place >= 0 else self.end[-1]


_TABLES: Final[dict[str, dict[str, Any]]] = tomllib.loads(
    resources.files("smpp.ussd").joinpath("dialects.toml").read_text(encoding="utf-8")
)


def _known(name: str) -> dict[str, Any]:
    if name not in _TABLES:
        raise ValueError(f"no USSD dialect {name}, there are {', '.join(_TABLES)}")
    return {"name": name, **_TABLES[name]}


DIALECTS: Final = {name: Dialect.model_validate(name) for name in _TABLES}
STANDARD: Final = DIALECTS["standard"]
