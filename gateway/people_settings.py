"""Settings of real names: who is asked whether a name and an identity number belong together."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from gateway.message_settings import Table

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class VerifierSettings(Table):
    kind: str = Field(
        "none",
        pattern=r"^[a-z][a-z0-9_-]{0,39}$",
        description="The register that is asked: none, file, http, or the name of another that is installed.",
    )
    file: Path | None = Field(
        None,
        description="Register of kind file: CSV with the columns number and name, or digests that `caredial people"
        " digests` makes; a relative path starts at this file's folder.",
    )
    url: str = Field("", description="Address of the register of kind http, https://...; docs/registration.md.")
    token: SecretStr = Field(SecretStr(""), description="Token by which it knows us (Authorization: Bearer).")
    seconds: float = Field(5.0, gt=0, le=60, description="Seconds that it has for an answer.")
    tries: int = Field(3, ge=1, le=10, description="How often it is asked in all where it does not answer.")
    options: dict[str, str] = Field(
        default_factory=dict, description="What a register of another kind wants to know, by names of its own."
    )

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        """Names and identity numbers never travel in the clear."""
        parts = urlsplit(url)
        plain = parts.scheme == "http" and parts.hostname in LOOPBACK
        if url and (not parts.hostname or not (parts.scheme == "https" or plain)):
            raise ValueError("should begin with https://, or be on this machine: http://127.0.0.1...")
        return url

    @model_validator(mode="after")
    def _is_whole(self) -> VerifierSettings:
        if self.kind == "file" and self.file is None:
            raise ValueError("kind is file, so file must be set")
        if self.kind == "http" and not self.url:
            raise ValueError("kind is http, so url must be set")
        return self


class PeopleSettings(Table):
    verifier: VerifierSettings = Field(
        VerifierSettings(), description="Who says whether a name and an identity number belong together."
    )
