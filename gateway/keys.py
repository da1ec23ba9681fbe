"""Where the keys are: one folder, made at the first start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clinic.identity import Vault
from tcode.keyring import Keyring

if TYPE_CHECKING:
    from gateway.config import Settings  # pydantic takes its time, and `caredial --help` needs none

IDENTITY_KEY, TCODE_KEYS, CALLBACK_KEY = "identity.key", "tcode", "callback.key"


def open_vault(settings: Settings) -> Vault:
    """The vault of identity numbers; its key is made at the first start."""
    return Vault.open(settings.keys.directory / IDENTITY_KEY)


def open_keyring(settings: Settings) -> Keyring:
    """The signing keys of T-codes; the first is made at the first start."""
    return Keyring(settings.keys.directory / TCODE_KEYS)
