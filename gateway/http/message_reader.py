"""The body of a request to queue messages, read: orders, or every mistake with the message that it is in."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import msgspec
from msgspec import UNSET

from clinic.client_messages import MOST, Order
from clinic.phones import BadPhone, canonical
from conf.texts.words import Language
from gateway.http.message_forms import LONGEST_LIFE, MOST_TOLD, Message, Mistake
from smpp.kinds import MessageClass

_E164 = re.compile(r"\+861[3-9][0-9]{9}")  # read without the library, which takes 26 microseconds for each
_FIELD = re.compile(r" - at `\$\.?([^`]*)`$")


class Unusable(Exception):
    """A request that cannot be queued: the first of its `count` mistakes. `forbidden`: only its classes are wrong."""

    def __init__(self, mistakes: list[Mistake], *, count: int = 1, forbidden: bool = False) -> None:
        super().__init__(f"{count} mistakes")
        self.mistakes, self.count, self.forbidden = mistakes, count, forbidden


class BadJson(ValueError):
    """The body is not JSON, or neither a message nor messages."""


class Reader:
    """Reads the body of a request. Nothing here knows the reactor or the database, so it may run on any thread."""

    def __init__(self, *, region: str, language: Language, now: dt.datetime) -> None:
        self._region, self._language, self._now = region, language, now
        self._one = msgspec.json.Decoder(Message)

    def read(self, body: bytes, classes: tuple[MessageClass, ...]) -> tuple[list[Order], bool]:
        """The orders, and whether they are a batch. Raises BadJson; Unusable with every mistake."""
        raws, many = _cut(body)
        orders: list[Order] = []
        wrong: list[tuple[int, _Wrong]] = []
        for index, raw in enumerate(raws):
            try:
                orders.append(self._allowed(raw, classes))
            except _Wrong as why:
                wrong.append((index, why))
        if wrong:
            mistakes = [Mistake(str(why), index if many else None, why.field) for index, why in wrong[:MOST_TOLD]]
            raise Unusable(mistakes, count=len(wrong), forbidden=all(why.forbidden for _, why in wrong))
        return orders, many

    def _allowed(self, raw: msgspec.Raw, classes: tuple[MessageClass, ...]) -> Order:
        order = self._order(raw)
        if order.message_class not in classes:
            raise _Wrong(f"this client may only use {', '.join(classes) or 'none'}", "class", forbidden=True)
        return order

    def _order(self, raw: msgspec.Raw) -> Order:
        form = self._form(raw)
        bulk, consent_class = form.message_class == "bulk", form.consent_class or None
        if consent_class and not bulk:
            raise _Wrong("only messages of class bulk have one", "consent_class")
        if form.reference and form.reference.endswith("\n"):  # which `$` in a pattern lets pass
            raise _Wrong("ends with a line break", "reference")
        if not form.text.strip() or "\0" in form.text:
            raise _Wrong("has no text, or U+0000 in it", "text")
        return Order(
            phone=self._phone(form.to),
            text=form.text,
            message_class=form.message_class,
            language=form.language or self._language,
            consent_class=(consent_class or "education") if bulk else None,
            expires_at=self._expires(form),
            reference=form.reference or None,
        )

    def _form(self, raw: msgspec.Raw) -> Message:
        try:
            return self._one.decode(raw)
        except msgspec.ValidationError as error:
            found = _FIELD.search(str(error))
            raise _Wrong(_FIELD.sub("", str(error)), found[1] if found else "") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _Wrong(str(error)) from None

    def _phone(self, written: str) -> str:
        if _E164.fullmatch(written):
            return written
        try:
            phone = canonical(written, self._region)
        except BadPhone:
            phone = ""
        if not phone.startswith("+"):  # a short code gets no SMS from us
            raise _Wrong("not a phone number", "to")
        return phone

    def _expires(self, form: Message) -> dt.datetime | None:
        if isinstance(form.lifetime_seconds, int):
            if form.expires_at is not UNSET:
                raise _Wrong("give either expires_at or lifetime_seconds", "expires_at")
            return self._now + dt.timedelta(seconds=form.lifetime_seconds)
        if not isinstance(form.expires_at, dt.datetime):
            return None
        if not self._now < form.expires_at <= self._now + LONGEST_LIFE:
            raise _Wrong("should be to come, and at most 14 days ahead", "expires_at")
        return form.expires_at


class _Wrong(Exception):
    def __init__(self, why: str, field: str = "", *, forbidden: bool = False) -> None:
        super().__init__(why)
        self.field, self.forbidden = field, forbidden


def _cut(body: bytes) -> tuple[list[msgspec.Raw], bool]:
    """The messages of a body, undecoded, and whether it has a list of them."""
    try:
        document = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        if "messages" not in document:
            return [msgspec.Raw(body)], False
        raws = msgspec.json.decode(document["messages"], type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadJson(str(error)) from None
    if set(document) != {"messages"}:
        raise Unusable([Mistake('nothing may stand beside "messages"')])
    if not 1 <= len(raws) <= MOST:
        raise Unusable([Mistake(f"1 to {MOST} messages can be queued at once, not {len(raws)}", None, "messages")])
    return raws, True


def idempotency_key(written: str | None, *, needed: bool) -> str | None:
    """The header's value; Unusable for one that is missing or unfit."""
    key = (written or "").strip()
    if not key and not needed:
        return None
    if not re.fullmatch(r"[!-~]{1,80}", key):
        example = uuid.uuid4()
        raise Unusable([Mistake(f"1 to 80 visible ASCII characters, such as {example}", None, "Idempotency-Key")])
    return key
