"""What can go wrong with an action."""

from __future__ import annotations


class AmiError(Exception):
    """An action without the answer that was hoped for. `retry` tells whether it may be asked again as it is."""

    retry = False


class Unsafe(AmiError, ValueError):
    """What was to be written would have been read as something else, or not at all; nothing was written."""


class NotConnected(AmiError):
    """The Asterisk is not there, or was lost before the answer came."""

    retry = True


class NoAnswer(AmiError):
    """The action was asked and no answer came in time: whether Asterisk acted on it is unknown."""


class Overloaded(AmiError):
    """More actions wait than Asterisk answers; nothing was written."""

    retry = True


class Refused(AmiError):
    """Asterisk answered `Response: Error`; the text is its `Message`."""
