"""Where a link connects to. TLS itself is tried in test_peers."""

from __future__ import annotations

from pathlib import Path

import pytest
from twisted.internet.testing import MemoryReactorClock

from smpp.link.dial import endpoint, explained
from smpp.settings import LinkSettings


def test_a_missing_authority_is_told_at_once(tmp_path: Path) -> None:
    settings = LinkSettings(tls=True, tls_ca=str(tmp_path / "missing.pem"))
    with pytest.raises(FileNotFoundError):
        endpoint(settings, MemoryReactorClock())


def test_a_file_without_a_certificate_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing here")
    with pytest.raises(ValueError, match="no certificate"):
        endpoint(LinkSettings(tls=True, tls_ca=str(tmp_path / "empty.pem")), MemoryReactorClock())


@pytest.mark.parametrize(
    ("ended", "names"),
    [
        ("VerificationError(errors=[IPAddressMismatch(mismatched_id=IPAddress_ID(ip=127.0.0.1))])", "tls_hostname"),
        ("VerificationError(errors=[DNSMismatch(mismatched_id=DNS_ID(hostname=b'smsc'))])", "tls_hostname"),
        ("[('SSL routines', '', 'certificate verify failed')]", "tls_ca"),
        ("[('SSL routines', '', 'wrong version number')]", "port"),
        ("Connection was closed cleanly.", "cleanly"),
    ],
)
def test_a_failed_handshake_is_told_with_the_setting_to_look_at(ended: str, names: str) -> None:
    assert names in explained(ended)
