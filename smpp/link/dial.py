"""Where a link connects to."""

from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint

from reach import tls
from smpp.settings import LinkSettings


def explained(ended: str) -> str:
    """Return how a connection ended in words that say what to look at, where a TLS handshake failed."""
    return tls.explained(ended, "SMSC")


def endpoint(settings: LinkSettings, reactor: IReactorTime) -> IStreamClientEndpoint:
    """Return the endpoint of a link. Raises OSError or ValueError when `tls_ca` cannot be read."""
    return tls.endpoint(
        reactor,
        settings.host,
        settings.port,
        timeout=settings.bind_timeout,
        tls=settings.tls,
        hostname=settings.tls_hostname,
        authority=settings.tls_ca,
    )
