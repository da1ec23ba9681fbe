"""The settings of one SMPP link: a table `[smpp.links.NAME]` of the configuration."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from smpp import tlv
from smpp.kinds import (
    Alphabet,
    BindMode,
    Encoding,
    ErrorClass,
    MessageClass,
    MessageIdForm,
    NationalLanguage,
    SegmentMethod,
)
from smpp.status import StatusClass
from smpp.ussd.dialect import STANDARD, Dialect
from smpp.ussd.linked import linked

Ascii = Annotated[str, Field(pattern=r"^[\x20-\x7e]*$")]
Octet = Annotated[int, Field(ge=0, le=255)]
Prefix = Annotated[str, Field(pattern=r"^\+?[0-9]{1,15}$")]


class VendorTlv(BaseModel):
    """An optional parameter that the SMSC's maker has defined (tags 0x1400 to 0x3FFF, SMPP 3.4 section 5.3.1)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tag: int = Field(ge=0x1400, le=0x3FFF, description="The parameter's tag.")
    kind: Literal["int", "string", "octets"] = Field("octets", description="What its value is.")
    size: int = Field(0, ge=0, le=8, description="Octets of an int.")

    @model_validator(mode="after")
    def _ints_have_a_size(self) -> "VendorTlv":
        if (self.kind == "int") != bool(self.size):
            raise ValueError("an int needs its size in octets, and nothing else has one")
        return self


class LinkSettings(BaseModel):
    """One account at one SMSC, with one or several binds. Times are seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    host: str = Field("127.0.0.1", description="Host name or address of the SMSC.")
    port: int = Field(2775, ge=1, le=65535, description="TCP port of the SMSC (2775 plain, often 3550 with TLS).")
    tls: bool = Field(False, description="Speak TLS and verify the SMSC's certificate.")
    tls_hostname: str | None = Field(None, description="Name that the certificate must carry, when it is not the host.")
    tls_ca: str | None = Field(None, description="PEM file with the authority to trust instead of the system's own.")
    system_id: Ascii = Field("caredial", max_length=15, description="Account name at the SMSC.")
    password: SecretStr = Field(SecretStr(""), description="Account password, at most 8 characters.")
    system_type: Ascii = Field("", max_length=12, description="Kind of system, where the SMSC asks for one.")
    interface_version: Octet = Field(0x34, description="SMPP version that we bind with (some SMSCs want 0x33 or 0x50).")
    address_range: Ascii = Field(
        "", max_length=40, description="Numbers that the SMSC delivers over this link, where it asks for them."
    )
    bind: BindMode = Field(
        "transceiver", description="Send and receive, or only one of them, or two binds as a pair that do one each."
    )
    binds: int = Field(1, ge=1, le=16, description="How many binds (or pairs) of the account are kept.")
    outbind_port: int = Field(
        0, ge=0, le=65535, description="Port on which we wait for the SMSC's outbind, 0: we connect to it."
    )
    outbind_host: str = Field("127.0.0.1", description="Address on which we wait for the SMSC's outbind.")
    outbind_system_id: Ascii = Field("", max_length=15, description="Name that the SMSC tells in its outbind.")
    outbind_password: SecretStr = Field(SecretStr(""), description="Password that the SMSC tells in its outbind.")
    window: int = Field(10, ge=1, le=1000, description="Most submits waiting for their answer at a time on one bind.")
    rate: float = Field(0, ge=0, description="Most submits a second over all binds, 0 for no limit.")
    inbound: int = Field(
        1000, ge=1, description="Most incoming messages being worked on before the SMSC is told to wait."
    )
    enquire_link: float = Field(30, ge=0, description="Seconds of silence before asking if the link lives, 0 never.")
    response_timeout: PositiveFloat = Field(10, description="Seconds to wait for an answer.")
    bind_timeout: PositiveFloat = Field(10, description="Seconds to wait for a connection, and for the bind's answer.")
    reconnect_min: PositiveFloat = Field(1, description="Seconds before the first new attempt after a loss, at most.")
    reconnect_max: PositiveFloat = Field(60, description="Most seconds between two attempts.")
    refused_min: PositiveFloat = Field(
        30, description="Least seconds before a new attempt after a refused bind, so that no account gets locked."
    )
    refused_max: PositiveFloat = Field(900, description="Most seconds between two attempts while binds are refused.")
    source_ton: int = Field(0, ge=0, le=7, description="Type of number of our sending number (letters: always 5).")
    source_npi: int = Field(0, ge=0, le=18, description="Numbering plan of our sending number (letters: always 0).")
    destination_ton: int = Field(1, ge=0, le=7, description="Type of number of residents' phones.")
    destination_npi: int = Field(1, ge=0, le=18, description="Numbering plan of residents' phones.")
    service_type: Ascii = Field(
        "", max_length=5, description="Kind of service of our SMS, where the SMSC asks for one."
    )
    prefixes: tuple[Prefix, ...] = Field(
        (), description="Beginnings of the numbers that this link carries; none: all. The longest that fits goes first."
    )
    classes: tuple[MessageClass, ...] = Field((), description="Message classes that this link carries; none: all.")
    price: Decimal = Field(
        Decimal(0), ge=0, description="Price of one segment; of links that fit the cheapest goes first."
    )
    default_alphabet: Alphabet = Field(
        "gsm7", description="What data_coding 0 means at this SMSC, one octet a character if not packed."
    )
    encodings: tuple[Encoding, ...] = Field(
        ("gsm7", "ucs2"), description="Encodings that may be used; the one that needs the fewest segments is."
    )
    national_shifts: tuple[NationalLanguage, ...] = Field(
        (), description="National tables of GSM 7 bit that may be used; few SMSCs and phones know them."
    )
    segments: SegmentMethod = Field(
        "udh8", description="How the parts of a long SMS are tied together, or payload where the SMSC parts it."
    )
    vendor_tlvs: dict[str, VendorTlv] = Field(
        default_factory=dict, description="Names for the maker's own parameters, as in {'cause' = {tag = 0x1401}}."
    )
    receipts: bool = Field(True, description="Ask for a delivery receipt for each SMS.")
    message_id_form: MessageIdForm = Field(
        "as_is", description="Whether the SMSC writes message ids in hexadecimal in only one of answer and receipt."
    )
    errors: dict[str, ErrorClass] = Field(
        default_factory=dict, description="Classes of the SMSC's own error codes, as in {'0x0401' = 'permanent'}."
    )
    ussd: Dialect | None = Field(
        STANDARD,
        validate_default=True,
        description='How USSD is carried over this link: a dialect, or { base = "NAME", ... }; "" is never.',
    )

    @field_validator("ussd", mode="before")
    @classmethod
    def _empty_is_none(cls, ussd: Any) -> Any:
        return None if ussd == "" else ussd

    @field_validator("ussd")
    @classmethod
    def _on_this_link(cls, ussd: Dialect | None, info: ValidationInfo) -> Dialect | None:
        """Give the dialect the names of vendor_tlvs and the default_alphabet, which stand before it."""
        if ussd is None or not {"vendor_tlvs", "default_alphabet"} <= info.data.keys():
            return ussd  # none, or there are mistakes to mend first
        return linked(ussd, tlv.dictionary(info.data["vendor_tlvs"]), info.data["default_alphabet"])

    @field_validator("password", "outbind_password")
    @classmethod
    def _fits_the_wire(cls, password: SecretStr) -> SecretStr:
        if len(password.get_secret_value()) > 8:
            raise ValueError("at most 8 characters fit into SMPP")
        if not password.get_secret_value().isascii():
            raise ValueError("only ASCII characters can be sent")
        return password

    @field_validator("errors")
    @classmethod
    def _are_codes(cls, errors: dict[str, ErrorClass]) -> dict[str, ErrorClass]:
        known: dict[int, str] = {}
        for written in errors:
            try:
                code = int(written, 0)
            except ValueError:
                raise ValueError(f"{written}: no number, write 1025 or 0x0401") from None
            if not 0 < code <= 0xFFFFFFFF:
                raise ValueError(f"{written}: an error's code is 1 to 0xFFFFFFFF")
            if code in known:
                raise ValueError(f"{known[code]} and {written} are one code")
            known[code] = written
        return errors

    @model_validator(mode="after")
    def _ranges(self) -> "LinkSettings":
        if self.reconnect_min > self.reconnect_max:
            raise ValueError("reconnect_min is more than reconnect_max")
        if self.tls and self.outbind_port:
            raise ValueError("tls and outbind_port do not go together: we have no certificate to show the SMSC")
        if self.refused_min > self.refused_max:
            raise ValueError("refused_min is more than refused_max")
        return self

    @field_validator("encodings")
    @classmethod
    def _any_text(cls, encodings: tuple[Encoding, ...]) -> tuple[Encoding, ...]:
        if "ucs2" not in encodings:
            raise ValueError("without ucs2 no Chinese can be sent")
        return encodings

    @field_validator("vendor_tlvs")
    @classmethod
    def _names_of_their_own(cls, vendor_tlvs: dict[str, VendorTlv]) -> dict[str, VendorTlv]:
        tlv.dictionary(vendor_tlvs)
        return vendor_tlvs

    @property
    def vendor_classes(self) -> dict[int, StatusClass]:
        """`errors` as `status.classify` takes it."""
        return {int(code, 0): StatusClass(kind) for code, kind in self.errors.items()}
