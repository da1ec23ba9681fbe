"""The command line's side of the control socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli.problems import Problem

if TYPE_CHECKING:
    import httpx

    from gateway.config import Settings

SECONDS = 5.0
USSD_SECONDS = 300.0  # a person reads and types, and the network has its own idea of patience


class NotRunning(Problem):
    """Nobody answers at the control socket."""


class Control:
    """The running daemon. Raises NotRunning, and Problem with the daemon's own words."""

    def __init__(self, client: httpx.Client, path: str) -> None:
        self._client, self._path = client, path

    def links(self) -> list[dict[str, Any]]:
        """Every link's `LinkStatus` as JSON has it."""
        found: list[dict[str, Any]] = self._asked("GET", "/links")["links"]
        return found

    def sending(self) -> dict[str, Any]:
        """`rate` in messages a second, `links` as `links` has them, how many messages are `under_way`."""
        return self._asked("GET", "/sending")

    def servers(self) -> dict[str, Any]:
        """Every Asterisk's `ServerStatus` as JSON has it, with its calls by their state; how many calls there are."""
        return self._asked("GET", "/servers")

    def ussd(self, *, link: str, phone: str, text: str, ask: bool) -> str | None:
        """Show a text on a phone; the answer where one is asked for."""
        document = {"link": link, "phone": phone, "text": text, "ask": ask}
        answer: str | None = self._asked("POST", "/ussd", json=document, timeout=USSD_SECONDS)["answer"]
        return answer

    def trace(self, **filters: str) -> Iterator[dict[str, Any]]:
        """PDUs as they go by, until nobody wants more or the daemon stops."""
        import httpx  # noqa: PLC0415

        timeout = httpx.Timeout(SECONDS, read=None)
        with self._told(), self._client.stream("GET", "/trace", params=filters, timeout=timeout) as answer:
            if answer.status_code != 200:
                answer.read()
                self._refused(answer)
            for line in answer.iter_lines():
                if line:
                    yield json.loads(line)

    def _asked(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        with self._told():
            answer = self._client.request(method, path, **given)
        if answer.status_code != 200:
            self._refused(answer)
        document: dict[str, Any] = answer.json()
        return document

    def _refused(self, answer: httpx.Response) -> None:
        try:
            raise Problem(str(answer.json()["message"]))
        except (ValueError, KeyError):
            raise Problem(f"the daemon failed with {answer.status_code}; its log says why") from None

    @contextmanager
    def _told(self) -> Iterator[None]:
        import httpx  # noqa: PLC0415

        try:
            yield
        except httpx.ConnectError as error:
            raise NotRunning(
                f"no daemon answers at {self._path} ({error}); start it with `caredial run`, or name its settings with"
                " --config"
            ) from error
        except httpx.TimeoutException as error:
            raise Problem(f"the daemon at {self._path} did not answer in time; its log may say why") from error
        except httpx.TransportError as error:
            raise Problem(f"the daemon at {self._path} went away meanwhile; is it being restarted?") from error


@contextmanager
def connected(settings: Settings) -> Iterator[Control]:
    """The daemon that runs with these settings; that it runs shows only when it is asked something."""
    import httpx  # noqa: PLC0415  --help should be quick

    path = settings.control.socket
    if not path:
        raise Problem("the daemon has no control socket: [control] socket is empty")
    if not Path(path).exists():
        raise NotRunning(f"no daemon runs here: there is no {path}; start it with `caredial run`, or name its settings"
                         " with --config")  # fmt: skip
    with httpx.Client(transport=httpx.HTTPTransport(uds=path), base_url="http://caredial", timeout=SECONDS) as client:
        yield Control(client, path)
