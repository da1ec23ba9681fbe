"""The templates, and the language that a page is shown in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from twisted.web.iweb import IRequest

from conf.texts import LANGUAGES, keys, say
from conf.texts.words import Language

TEMPLATES = Path(__file__).parent / "templates"
HTML_LANGUAGE: dict[Language, str] = {"zh": "zh-CN", "en": "en"}


def render(template: str, **words: Any) -> str:
    """A page from its template; every value is escaped."""
    return _environment().get_template(template).render(**words)


def language_of(request: IRequest, otherwise: str) -> Language:
    """The language that the address asks for (`?lang=en`), or else the given one."""
    asked = (request.args or {}).get(b"lang", [b""])[0].decode("ascii", "replace")
    return _language(asked) or _language(otherwise) or "zh"


def other(language: Language) -> Language:
    return "en" if language == "zh" else "zh"


@cache
def plain_texts(message: str) -> dict[Language, dict[str, str]]:
    """All texts of a message that need no words, by language and attribute: what a page's script can show."""
    return {
        language: {
            key.removeprefix(f"{message}."): say(language, key)
            for key, words in keys(language).items()
            if key.startswith(f"{message}.") and not words
        }
        for language in LANGUAGES
    }


def _language(text: str) -> Language | None:
    return next((language for language in LANGUAGES if language == text), None)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["html_language"] = HTML_LANGUAGE
    return environment
