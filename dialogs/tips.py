"""Health tips: a topic, and a short text on it. The texts are `tips.zh.ftl` and `tips.en.ftl`."""

from __future__ import annotations

from dialogs.talk import Choice, Desk, Talk

TOPICS = ("hypertension", "diabetes", "fever", "heat", "choking", "burns", "bleeding", "ambulance")


async def health_tips(talk: Talk, desk: Desk) -> None:  # noqa: ARG001
    """Choose a topic; the whole text follows, which a screen shows in pages."""
    topic = await talk.choose("tips.which", [Choice(topic, f"tips.{topic}") for topic in TOPICS])
    await talk.say(f"tip.{topic}")
