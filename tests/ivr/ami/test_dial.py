"""How a link comes to its Asterisk. TLS itself is tried in test_tls, the pauses in test_link."""

from __future__ import annotations

from pathlib import Path

import pytest
from twisted.internet.testing import MemoryReactorClock

from ivr.ami.dial import endpoint, explained
from ivr.settings import ServerSettings


def test_a_missing_authority_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        endpoint(ServerSettings(tls=True, tls_ca=str(tmp_path / "missing.pem")), MemoryReactorClock())


def test_a_file_without_a_certificate_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing here")
    with pytest.raises(ValueError, match="no certificate"):
        endpoint(ServerSettings(tls=True, tls_ca=str(tmp_path / "empty.pem")), MemoryReactorClock())


@pytest.mark.parametrize(
    ("ended", "names"),
    [
        ("VerificationError(errors=[DNSMismatch(mismatched_id=DNS_ID(hostname=b'pbx'))])", "tls_hostname"),
        ("[('SSL routines', '', 'certificate verify failed')]", "tls_ca"),
        ("[('SSL routines', '', 'wrong version number')]", "port"),
        ("Connection was closed cleanly.", "cleanly"),
    ],
)
def test_a_failed_handshake_is_told_with_the_setting_to_look_at(ended: str, names: str) -> None:
    assert names in explained(ended)
