"""Health tips: every topic has a short text in each language, in pages on a screen."""

from __future__ import annotations

from typing import Any

import pytest

from conf import texts
from dialogs.talk import Line, Screen
from dialogs.tips import TOPICS, health_tips
from smpp import segments
from smpp.text import measure
from ussd_menus.screen import paginate


def test_a_topic_is_chosen_and_told_whole(caller: Any) -> None:
    assert caller.talk(health_tips, "6", language="en") == (
        "Health tips\n1.High blood pressure\n2.Diabetes\n3.Fever in children\n4.Hot weather\n"
        "5.First aid: choking\n6.First aid: burns\n7.First aid: bleeding\n8.When to call 120\n"
        "> 6\n" + texts.say("en", "tip.burns") + "\n(end)\n"
    )


@pytest.mark.parametrize("letters", [True, False])
def test_by_voice_as_in_writing(caller: Any, letters: bool) -> None:
    assert "20分钟" in caller.talk(health_tips, "6", letters=letters)


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_topic_has_its_texts_and_no_text_is_left(language: texts.Language) -> None:
    keys = {key for key in texts.keys(language) if key.split(".")[0] in ("tips", "tip")}
    assert keys == {"tips.which", *(f"{name}.{topic}" for name in ("tips", "tip") for topic in TOPICS)}


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_the_topics_are_one_screen(language: texts.Language) -> None:
    said = [texts.say(language, "tips.which"), *(texts.say(language, f"tips.{topic}") for topic in TOPICS)]
    alphabet, units = measure("\n".join(f"0.{line}" for line in said) + "\n0.Back")
    assert units <= {"gsm7": 182, "ucs2": 80}[alphabet]


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_a_text_is_three_sms_and_three_screens_at_most(language: texts.Language, topic: str) -> None:
    text = texts.say(language, f"tip.{topic}")
    assert segments.count(text) <= 3
    if language == "en":
        assert measure(text)[0] == "gsm7"
    most = {"gsm7": 182, "ucs2": 80}

    def fits(page: str) -> bool:
        alphabet, units = measure(page)
        return units <= most[alphabet]

    assert len(paginate(Screen(language, (Line(f"tip.{topic}"),), final=True), fits)) <= 3
