"""Where a link connects to: TCP, or TLS with the name checked."""

import re
from pathlib import Path

from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.ssl import Certificate, optionsForClientTLS, platformTrust, trustRootFromCertificates

from smpp.settings import LinkSettings

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


_TLS_FAILURES = {  # a part of what OpenSSL and service_identity say: what it means
    "Mismatch": "the certificate is for another name (tls_hostname)",
    "certificate verify failed": "the certificate is of an authority that we do not trust (tls_ca)",
    "wrong version number": "the SMSC speaks no TLS on this port (tls, port)",
    "unexpected eof": "the SMSC broke the TLS handshake off",
}


def explained(ended: str) -> str:
    """Return how a connection ended in words that say what to look at, where a TLS handshake failed."""
    return next((words for part, words in _TLS_FAILURES.items() if part in ended), ended)


def endpoint(settings: LinkSettings, reactor: IReactorTime) -> IStreamClientEndpoint:
    """Return the endpoint of a link. Raises OSError or ValueError when `tls_ca` cannot be read."""
    tcp: IStreamClientEndpoint = HostnameEndpoint(reactor, settings.host, settings.port, timeout=settings.bind_timeout)
    if not settings.tls:
        return tcp
    trust = platformTrust()
    if settings.tls_ca is not None:
        blocks = _CERTIFICATE.findall(Path(settings.tls_ca).read_bytes())
        if not blocks:
            raise ValueError(f"{settings.tls_ca}: no certificate in it")
        trust = trustRootFromCertificates([Certificate.loadPEM(block) for block in blocks])
    options = optionsForClientTLS(settings.tls_hostname or settings.host, trustRoot=trust)
    return wrapClientTLS(options, tcp)
