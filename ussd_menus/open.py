"""The USSD sessions that are open: found by the network's key, one a phone (3GPP 22.090).

A key holds link, MSISDN and the network's own key, whose numbers are few and used again. A session that we begin may
get its number only with the network's first indication: till then it is found by link and MSISDN.
"""

from __future__ import annotations

from collections.abc import Callable

from conf.texts.words import Language
from smpp.ussd import Dialect, Indication
from ussd_menus.sessions import Clock, Counts, Submit, Turn, UssdSession
from ussd_menus.settings import MenuSettings

Key = tuple[str, str, str]
UNNUMBERED = ""
"""The last part of a key that the network has still to tell."""


class OpenSessions:
    """Opens sessions, and finds them again. `dialects` gives the dialect of a link by its name."""

    def __init__(
        self,
        *,
        submit: Submit,
        dialects: Callable[[str], Dialect],
        clock: Clock,
        settings: MenuSettings,
        counts: Counts,
        language: Language,
    ) -> None:
        self.dialects = dialects
        self._submit, self._clock, self._settings, self._counts = submit, clock, settings, counts
        self._language: Language = language
        self._by_key: dict[Key, UssdSession] = {}
        self._keys: dict[str, Key] = {}

    def __len__(self) -> int:
        return len(self._by_key)

    @property
    def full(self) -> bool:
        return len(self) >= self._settings.sessions

    def find(self, link: str, indication: Indication) -> UssdSession | None:
        """The session that an indication belongs to. The first one of a session of ours gives it its number."""
        key = (link, indication.msisdn, indication.key)
        pushed = (link, indication.msisdn, UNNUMBERED)
        if key not in self._by_key and pushed in self._by_key:
            self._rename(pushed, key)
        return self._by_key.get(key)

    def of(self, phone: str) -> UssdSession | None:
        """The session that this phone is in."""
        key = self._keys.get(phone)
        return None if key is None else self._by_key[key]

    def add(self, key: Key, phone: str, bind: str, turn: Turn, patience: Callable[[Language], str]) -> UssdSession:
        """Open a session; an old one with the same key, or of the same phone, is dead."""
        for old in (self._by_key.get(key), self.of(phone)):
            if old is not None:
                old.leave("replaced")
        session = self.loose(key[0], bind, turn, patience, lambda: self._forget(phone))
        self._by_key[key], self._keys[phone] = session, key
        return session

    def loose(
        self,
        link: str,
        bind: str,
        turn: Turn,
        patience: Callable[[Language], str],
        on_over: Callable[[], None] = lambda: None,
    ) -> UssdSession:
        """A session for one last text, which nobody will look for."""
        return UssdSession(
            link,
            turn,
            bind,
            dialect=self.dialects(link),
            submit=self._submit,
            clock=self._clock,
            settings=self._settings,
            counts=self._counts,
            language=self._language,
            patience=patience,
            on_over=on_over,
        )

    def leave(self, event: str) -> None:
        """End every session without a word."""
        for session in list(self._by_key.values()):
            session.leave(event)

    def _forget(self, phone: str) -> None:
        del self._by_key[self._keys.pop(phone)]

    def _rename(self, old: Key, new: Key) -> None:
        self._by_key[new] = self._by_key.pop(old)
        phone = next(phone for phone, key in self._keys.items() if key == old)
        self._keys[phone] = new
