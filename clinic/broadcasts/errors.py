"""What broadcasts refuse. Each says what to do."""

from __future__ import annotations


class BadDraft(ValueError):
    """The draft cannot be kept; `mistakes` has a line for each reason."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class NoSuchBroadcast(LookupError):
    """There is no broadcast with this number."""

    def __init__(self, broadcast: int) -> None:
        super().__init__(f"there is no broadcast {broadcast}; `caredial broadcast list` shows them")


class NotNow(ValueError):
    """The broadcast is in a state in which this cannot be done; the message says in which it can."""
