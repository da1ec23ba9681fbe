"""`caredial broadcast new`: a draft, and what was understood of it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from gateway.cli.desk import Desk, opened, person, with_by
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake

if TYPE_CHECKING:
    from clinic.broadcasts.views import BroadcastView
    from clinic.tables import ConsentClass
    from conf.texts.words import Language

CLASSES = ("public", "education", "commercial")
HEAD = re.compile(r"^\[(zh|en)\][ \t]*$", re.MULTILINE)


@click.command(short_help="Write a draft, or change one.")
@click.option("--title", help="What it is called in lists; recipients do not see it.")
@click.option("--to", "expression", metavar="EXPRESSION", help="Whom it is for: see below.")
@click.option("--text", help="The text in the installation's language; - reads it from standard input.")
@click.option("--text-zh", help="The Chinese text.")
@click.option("--text-en", help="The English text.")
@click.option(
    "--text-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the text; with both, each beneath a line [zh] or [en].",
)
@click.option("--class", "consent_class", type=click.Choice(CLASSES), help="What it is by law. Default: education.")
@click.option("--centre", metavar="CODE", help="Whose it is: broadcasts of centres take turns. Default: the city's.")
@click.option("--change", metavar="ID", type=int, help="Change this draft; what you leave out stays.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON document, as of `show`.")
@with_by
@with_config
def new(
    title: str | None,
    expression: str | None,
    text: str | None,
    text_zh: str | None,
    text_en: str | None,
    text_file: Path | None,
    consent_class: Any,
    centre: str | None,
    change: int | None,
    as_json: bool,
    by: str,
    config: Path | None,
) -> None:
    """Write a draft: a text for everybody whom EXPRESSION means. Nothing is sent before `caredial broadcast send`.

    EXPRESSION joins clauses by and, or, not and brackets: centre:NH  grid:NH-03  age>=65  age:6-12m  sex:female
    tag:hypertension  language:en  due:MMR  list:NAME  audience:NAME  all

    A text may have words in braces, which are filled for each recipient: {name}, {centre}, {birth}, {age}, with due:
    the {vaccine}, and the columns of a list. With one text everybody gets that one; with two, each in their own
    language.

    --class: public (warnings and instructions of the health authority), education, commercial.

    \b
    Examples:
        caredial broadcast new --title 'Flu vaccine' --to 'centre:NH and age>=65' \\
            --text '{name}您好，南河中心流感疫苗已到，65岁以上免费接种。' \\
            --text-en 'Dear {name}, flu vaccine has arrived at Nanhe, free from 65 years on.'
        caredial broadcast new --title 'Water' --to 'grid:NH-03' --class public --text-file water.txt
        caredial broadcast new --change 7 --to 'centre:NH and age>=60'
        caredial broadcast new --title 'Water' --to 'grid:NH-03' --text-file water.txt --json | jq .id
    """
    from clinic.broadcasts import drafts  # noqa: PLC0415

    with opened(config) as desk:
        given = {"zh": text_zh, "en": text_en}
        words = _texts(desk.installation.language, given, text, text_file)
        common = {"by": person(by), "now": desk.now(), "title": title, "expression": expression}
        if change is not None:
            common |= {"texts": words or None, "consent_class": consent_class, "owner": centre}
            view = desk.run(drafts.change, broadcast=change, **common)
        else:
            _complete(title, expression, words)
            common |= {"texts": words, "consent_class": consent_class or "education", "owner": centre or ""}
            view = desk.run(drafts.create, **common)
        (_print if as_json else show_draft)(desk, view)


def _print(desk: Desk, view: BroadcastView) -> None:
    from gateway.cli.broadcast.counting import counted  # noqa: PLC0415
    from gateway.cli.broadcast.listing import fields  # noqa: PLC0415
    from gateway.cli.broadcast.pages import document  # noqa: PLC0415

    click.echo(document(desk, fields(view, counted(desk, view))))


def _complete(title: str | None, expression: str | None, words: dict[Language, str]) -> None:
    missing = [option for option, given in (("--title", title), ("--to", expression), ("--text", words)) if not given]
    if missing:
        raise Mistake(f"a draft needs {', '.join(missing)} too; `caredial broadcast new --help` has examples")


def _texts(usual: Language, given: dict[Any, str | None], text: str | None, file: Path | None) -> dict[Language, str]:
    """The text in each language, from wherever it was given."""
    found: dict[Language, list[str]] = {"zh": [], "en": []}
    for language, each in given.items():
        found[language] += [] if each is None else [each]
    found[usual] += [] if text is None else [sys.stdin.read() if text == "-" else text]
    if file is not None:
        for language, each in _parts(file, usual).items():
            found[language].append(each)
    twice = [language for language, each in found.items() if len(each) > 1]
    if twice:
        raise Mistake(f"the text in {twice[0]} is given twice; leave one out")
    return {language: each[0].strip("\r\n") for language, each in found.items() if each}


def _parts(file: Path, usual: Language) -> dict[Language, str]:
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"{file}: {error}; a text is a file in UTF-8") from error
    before, *headed = HEAD.split(text)
    if headed and before.strip():
        raise Mistake(f"{file}: what stands before the first line [zh] or [en] belongs to no language")
    if not headed:
        return {usual: before}
    return {cast("Language", language): part for language, part in zip(headed[::2], headed[1::2], strict=True)}


def show_draft(desk: Desk, view: BroadcastView) -> None:
    """What was understood, and what to do next."""
    from clinic.broadcasts import wording  # noqa: PLC0415
    from gateway.cli.broadcast.pages import facts  # noqa: PLC0415

    words = {place.name: place.type for text in view.texts.values() for place in wording.parse(text).placeholders}
    rows: list[tuple[str, object]] = [
        ("Title", view.title),
        ("To", view.expression),
        ("Class", f"{view.consent_class}: {_meaning(view.consent_class, desk)}"),
        ("Whose", view.owner or "the city's"),
        ("Words", ", ".join(f"{{{name}}} {kind}".strip() for name, kind in words.items()) or "none"),
    ]
    rows += [
        (f"Text {language}", wording.with_refusal(language, text, view.consent_class))
        for language, text in view.texts.items()
    ]
    facts(f"Broadcast {view.id} is a draft", rows)
    click.echo(f"What it would do and cost: caredial broadcast preview {view.id}")


def _meaning(consent_class: ConsentClass, desk: Desk) -> str:
    if consent_class == "public":
        return "nobody can refuse it"
    agreed = consent_class in desk.rules.needs_consent
    return f"only to who has {'agreed' if agreed else 'not refused'}; how to refuse stands at its end"
