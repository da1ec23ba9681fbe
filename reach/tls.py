"""Where a wire connects to: TCP, or TLS with the name checked; and what a failed handshake means."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.ssl import Certificate, optionsForClientTLS, platformTrust, trustRootFromCertificates

_CERTIFICATE: Final = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_FAILURES: Final = {  # a part of what OpenSSL and service_identity say: what it means
    "Mismatch": "the certificate is for another name (tls_hostname)",
    "certificate verify failed": "the certificate is of an authority that we do not trust (tls_ca)",
    "wrong version number": "the {peer} speaks no TLS on this port (tls, port)",
    "unexpected eof": "the {peer} broke the TLS handshake off",
}


def explained(ended: str, peer: str) -> str:
    """Return how a connection ended in words that say what to look at, where a TLS handshake failed."""
    words = next((words for part, words in _FAILURES.items() if part in ended), None)
    return ended if words is None else words.format(peer=peer)


def endpoint(
    reactor: IReactorTime,
    host: str,
    port: int,
    *,
    timeout: float,
    tls: bool,
    hostname: str | None = None,
    authority: str | None = None,
) -> IStreamClientEndpoint:
    """Return the endpoint; with `tls` the certificate must be for `hostname` (or `host`).

    `authority` is a PEM file to trust instead of the system's own. Raises OSError or ValueError when it cannot be read.
    """
    tcp: IStreamClientEndpoint = HostnameEndpoint(reactor, host, port, timeout=timeout)
    if not tls:
        return tcp
    trust = platformTrust()
    if authority is not None:
        blocks = _CERTIFICATE.findall(Path(authority).read_bytes())
        if not blocks:
            raise ValueError(f"{authority}: no certificate in it")
        trust = trustRootFromCertificates([Certificate.loadPEM(block) for block in blocks])
    return wrapClientTLS(optionsForClientTLS(hostname or host, trustRoot=trust), tcp)
