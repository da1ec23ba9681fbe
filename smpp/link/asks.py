"""What waits for its turn on a link: a request that a coroutine waits for, or a submit_sm that is posted."""

import logging
from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred

from smpp import status
from smpp.kinds import MessageClass
from smpp.pdu import Pdu, SubmitSmResp
from smpp.session.posted import Posted
from smpp.status import StatusClass

log = logging.getLogger("caredial.smpp")

DEFAULT_RANK: Final[MessageClass] = "answer"


class Asked(Posted):
    """A request on its way through a link.

    `bind` is the id of the bind that it wants while that lives, "" for any.
    """

    __slots__ = ("bind", "rank", "urgent")

    name = "submit_sm"
    wanted = True
    """Whether anybody still waits for it: what nobody wants is not written."""

    def __init__(self, octets: bytes, rank: MessageClass, *, urgent: bool = False, bind: str = "") -> None:
        super().__init__(octets)
        self.rank, self.urgent, self.bind = rank, urgent, bind

    def came(self, response: Pdu, kind: StatusClass) -> None:
        """The SMSC has answered."""
        raise NotImplementedError

    def taken(self, message_id: str) -> None:
        """The SMSC has taken it, and said no more than that."""
        self.came(SubmitSmResp(sequence=self.sequence, message_id=message_id), StatusClass.OK)

    def failed(self, error: Exception) -> None:
        """There will be no answer."""
        raise NotImplementedError


class Ask(Asked):
    """A request that somebody waits for, by a Deferred."""

    __slots__ = ("done", "name", "response")

    def __init__(
        self, pdu: Pdu, octets: bytes, rank: MessageClass = DEFAULT_RANK, *, urgent: bool = False, bind: str = ""
    ) -> None:
        super().__init__(octets, rank, urgent=urgent, bind=bind)
        self.name, self.response = pdu.name, pdu.response or SubmitSmResp
        self.done: Deferred[Pdu] = Deferred()

    @property
    def wanted(self) -> bool:  # type: ignore[override]  # what is posted is always wanted, and that is looked at often
        return not self.done.called

    def came(self, response: Pdu, kind: StatusClass) -> None:  # noqa: ARG002  # the caller classifies
        if not self.done.called:
            self.done.callback(response)

    def failed(self, error: Exception) -> None:
        if not self.done.called:
            self.done.errback(error)


class Poster(Protocol):
    """Who posts; exactly one of these is called for each message, never from within `Link.post`."""

    def answered(self, submit: Any, /) -> None:
        """The SMSC has answered, be it well or not: see `status`, `kind` and `message_id`."""

    def unanswered(self, submit: Any, error: Exception, /) -> None:
        """There is no answer. LinkDown: it was surely not taken. NotAnswered: nobody knows."""


class Submit(Asked):
    """One prepared submit_sm, and what came of it.

    `octets` is the whole PDU with the sequence number 0 (`messages.Prepared`). `status` is the answer's
    command_status, None before it, `kind` that status' class at this SMSC, and `message_id` as the SMSC wrote it;
    `error` is the LinkDown or NotAnswered in place of an answer.
    """

    __slots__ = ("error", "kind", "message_id", "owner", "status")

    def __init__(self, octets: bytes, rank: MessageClass, owner: Poster) -> None:
        # Made by the million: it sets what its bases' __init__ would, for calling both costs as much again.
        self.octets, self.rank, self.owner = octets, rank, owner
        self.urgent, self.bind = False, ""
        self.sequence = 0
        self.sent = self.deadline = 0.0
        self.status: int | None = None
        self.kind: StatusClass | None = None
        self.message_id = ""
        self.error: Exception | None = None

    def came(self, response: Pdu, kind: StatusClass) -> None:
        """Take the answer; a generic_nack is one that is never OK."""
        if isinstance(response, SubmitSmResp):
            self.status, self.message_id = response.status, response.message_id
        else:
            self.status = response.status or status.ESME_RUNKNOWNERR
        self.kind = kind
        self._tell()

    def taken(self, message_id: str) -> None:
        self.status, self.message_id, self.kind = status.ESME_ROK, message_id, StatusClass.OK
        self._tell()

    def _tell(self) -> None:
        try:
            self.owner.answered(self)
        except Exception:
            log.exception("whoever posted a message could not take its answer")

    def failed(self, error: Exception) -> None:
        self.error = error
        try:
            self.owner.unanswered(self, error)
        except Exception:
            log.exception("whoever posted a message could not take that it has no answer")
