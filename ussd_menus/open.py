"""The USSD sessions that are open: found by the network's key, one a phone (3GPP 22.090).

A key holds link, MSISDN and the network's own key, whose numbers are few and used again. A session that we begin may
get its number only with the network's first indication: till then it is found by link and MSISDN.

Sessions with only a last text to send are kept apart till that is taken, and closed keys are known for a minute.
"""

from __future__ import annotations

from collections.abc import Callable

from conf.texts.words import Language
from smpp.ussd import Dialect, Indication
from ussd_menus.past import ClosedKeys, LastTexts
from ussd_menus.sessions import Clock, Counts, Delayed, Key, Submit, Turn, UssdSession
from ussd_menus.settings import MenuSettings

UNNUMBERED = ""
"""The last part of a key that the network has still to tell."""
KNOWN_TO_THE_NETWORK = ("ended", "slow", "released", "replaced")
"""How a session ends that the network, too, holds for over; any other it may still have open."""


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
        self.last_texts = LastTexts()
        self._closed = ClosedKeys(clock, settings.sessions)
        self._by_key: dict[Key, UssdSession] = {}
        self._of: dict[str, UssdSession] = {}
        self._loose: dict[Key, UssdSession] = {}

    def __len__(self) -> int:
        return len(self._by_key)

    @property
    def full(self) -> bool:
        """Whether no session may be opened."""
        return len(self) >= self._settings.sessions

    @property
    def crowded(self) -> bool:
        """Whether as many last texts wait as may."""
        return len(self.last_texts) >= self._settings.sessions

    def find(self, link: str, indication: Indication) -> UssdSession | None:
        """The session that an indication belongs to, also one that is over but for its last text.

        The first indication of a session of ours gives it its number; what belongs to a closed one does not.
        """
        key = (link, indication.msisdn, indication.key)
        pushed = self._by_key.get((link, indication.msisdn, UNNUMBERED))
        if key in self._by_key or pushed is None or (indication.numbered and key in self._closed):
            return self._by_key.get(key) or self._loose.get(key)
        self._rename(pushed, key)
        return pushed

    def of(self, phone: str) -> UssdSession | None:
        """The session that this phone is in."""
        return self._of.get(phone)

    def dead(self, key: Key) -> bool:
        """Whether a session with this key has been ended lately: nothing may be sent into it."""
        return self._closed.dead(key)

    def ended(self, key: Key) -> None:
        """Take note that the network has ended a session that we do not have."""
        self._closed.add(key, dead=True)

    def replace(self, phone: str) -> None:
        """The phone begins a session: the old one is dead, and what still waits for this phone is not sent."""
        old = self._of.get(phone)
        if old is not None:
            old.leave("replaced")
        self.last_texts.leave(phone, "replaced")

    def add(self, key: Key, phone: str, bind: str, turn: Turn, patience: Callable[[Language], str]) -> UssdSession:
        """Open a session of a phone that is in none."""
        session = self._session(key, phone, bind, turn, patience)
        self._by_key[key] = self._of[phone] = session
        return session

    def loose(self, key: Key, phone: str, bind: str, turn: Turn, patience: Callable[[Language], str]) -> UssdSession:
        """A session for one last text."""
        session = self._session(key, phone, bind, turn, patience)
        self._keep(session)
        return session

    def later(self, then: Callable[[], None]) -> Delayed:
        """Do something when a text of ours is too late."""
        return self._clock.callLater(self._settings.answer_seconds, then)

    def leave(self, event: str) -> None:
        """End every session without a word; last texts still go."""
        for session in list(self._by_key.values()):
            session.leave(event)

    def over(self, session: UssdSession, event: str) -> None:
        """Keep a session for its last text, and its key in mind."""
        if self._by_key.get(session.key) is session:
            del self._by_key[session.key], self._of[session.phone]
        if session.key[2] != UNNUMBERED:
            self._closed.add(session.key, dead=event in KNOWN_TO_THE_NETWORK)
        self._keep(session)

    def done(self, session: UssdSession) -> None:
        """Forget a session that has nothing to send."""
        self.last_texts.remove(session)
        if self._loose.get(session.key) is session:
            del self._loose[session.key]

    def _keep(self, session: UssdSession) -> None:
        self.last_texts.add(session)
        self._loose[session.key] = session

    def _session(self, key: Key, phone: str, bind: str, turn: Turn, patience: Callable[[Language], str]) -> UssdSession:
        self._closed.remove(key)
        return UssdSession(
            key,
            phone,
            turn,
            bind,
            dialect=self.dialects(key[0]),
            submit=self._submit,
            clock=self._clock,
            settings=self._settings,
            counts=self._counts,
            language=self._language,
            patience=patience,
            register=self,
        )

    def _rename(self, session: UssdSession, key: Key) -> None:
        del self._by_key[session.key]
        self._closed.remove(key)
        self._by_key[key], session.key = session, key
