"""What the link asks of Twisted, as types that mypy can check (it cannot read zope interfaces)."""

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred


class Call(Protocol):
    """A scheduled call (IDelayedCall)."""

    def active(self) -> bool: ...

    def cancel(self) -> None: ...


class Clock(Protocol):
    """A reactor's time (IReactorTime); `twisted.internet.task.Clock` in tests."""

    def seconds(self) -> float: ...

    def callLater(self, delay: float, callable: Callable[[], object], /) -> Call: ...  # Twisted's name


class Tcp(Protocol):
    """A TCP or TLS transport (ITCPTransport, IConsumer, IPushProducer)."""

    def write(self, data: bytes, /) -> None: ...

    def setTcpNoDelay(self, enabled: bool, /) -> None: ...

    def loseConnection(self) -> None: ...

    def abortConnection(self) -> None: ...

    def pauseProducing(self) -> None: ...

    def resumeProducing(self) -> None: ...

    def registerProducer(self, producer: object, streaming: bool, /) -> None: ...

    def unregisterProducer(self) -> None: ...


class Endpoint(Protocol):
    """Where to connect (IStreamClientEndpoint)."""

    def connect(self, protocolFactory: Any, /) -> Deferred[Any]: ...  # noqa: N803
