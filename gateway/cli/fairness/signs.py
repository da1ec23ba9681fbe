"""`caredial fairness signs`: phones that look as if they trade with places."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.answers import AS_JSON, YES, answer, document, print_documents
from gateway.cli.answers import confirm as agreed
from gateway.cli.days import day as parsed_day
from gateway.cli.desk import many, opened, person, with_by
from gateway.cli.fairness.shown import act, many_visits, phone_of, plain
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake

COLUMNS = ("ID", "Phone", "Kind", "Count", "Visits", "First", "Last", "State", "By", "Until")


@click.group(short_help="Phones that look as if they trade with places.")
def signs() -> None:
    """Signs are noted every hour, and told to nobody. A sign proves nothing: look at its visits, ask, then judge.

    \b
    identities  a phone books for many people in a month
    phones      one person is booked for by many phones; this is one too many
    grabs       places of full sessions that it gave up were taken within
                minutes by the same few, again and again
    speed       it books faster than a person can type

    \b
    Examples:
        caredial fairness signs list
        caredial fairness signs trust 15400000009 --until +365
    """


@signs.command(name="list")
@click.option("--all", "every", is_flag=True, help="Also those that were judged, and trusted phones.")
@click.option("--whole", is_flag=True, help="Show phone numbers whole; that you did stands in the audit trail.")
@with_by
@AS_JSON
@with_config
def list_(every: bool, whole: bool, by: str, as_json: bool, config: Path | None) -> None:
    """List the signs that nobody has judged, the strongest first. Phone numbers are masked.

    \b
    Examples:
        caredial fairness signs list
        caredial fairness signs list --all --json
    """
    from clinic.fairness.signs import judging  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    with opened(config) as desk:
        if whole:
            plain(desk, judging.note_shown, by=person(by))
        found = desk.run(judging.listed, every=every, whole=whole)
        if as_json:
            print_documents(desk, map(document, found))
            return
        rows = [
            (
                view.id,
                view.phone,
                view.kind,
                view.count,
                many_visits(view.visits),
                desk.moment(view.first_at),
                desk.moment(view.last_at),
                view.state,
                view.judged_by,
                view.until or "",
            )
            for view in found
        ]
        show(COLUMNS, rows, title=many(len(found), "sign"))


@signs.command(short_help="It means nothing.")
@click.argument("sign", metavar="ID", type=NUMBER)
@click.option(
    "--until", metavar="DAY", help="Nothing of this kind is noted of this phone until then. Default: at once."
)
@AS_JSON
@with_by
@with_config
def clear(sign: int, until: str | None, as_json: bool, by: str, config: Path | None) -> None:
    """Clear a sign. It comes again only with what is booked later.

    \b
    Examples:
        caredial fairness signs clear 4
        caredial fairness signs clear 4 --until +90
    """
    from clinic.fairness.signs import judging  # noqa: PLC0415

    with opened(config) as desk:
        last = None if until is None else parsed_day(until, desk.now().date(), "--until")
        plain(desk, judging.clear, sign=sign, until=last, by=person(by))
        answer(desk, f"sign {sign} is cleared", as_json=as_json, sign=sign, state="cleared", until=last)


@signs.command(short_help="A phone that books for many, and may.")
@click.argument("phone")
@click.option("--until", metavar="DAY", required=True, help="Until then: a date, or +365.")
@AS_JSON
@with_by
@with_config
def trust(phone: str, until: str, as_json: bool, by: str, config: Path | None) -> None:
    """Trust a phone until a day: no sign is noted of it, and those that are open are cleared.

    For a village doctor, or a family with one phone. The limits of [booking] hold for it all the same.

    \b
    Example:
        caredial fairness signs trust 15400000009 --until +365
    """
    from clinic.fairness.signs import judging  # noqa: PLC0415

    with opened(config) as desk:
        last = parsed_day(until, desk.now().date(), "--until")
        if last < desk.now().date():
            raise Mistake(f"--until: {last} is over")
        plain(desk, judging.trust, phone=phone_of(desk, phone), until=last, by=person(by))
        answer(desk, f"trusted until {last}", as_json=as_json, trusted=True, until=last)


@signs.command(short_help="It is what it looks like.")
@click.argument("sign", metavar="ID", type=NUMBER)
@click.option("--block-until", "until", metavar="DAY", help="Block the phone everywhere until then.")
@click.option("--reason", default="", help="With --block-until: why; it is told to the phone, at most 60 characters.")
@YES
@AS_JSON
@with_by
@with_config
def confirm(sign: int, until: str | None, reason: str, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
    """Confirm a sign, and block the phone where --block-until says so: it is told why, and may appeal.

    \b
    Example:
        caredial fairness signs confirm 4 --block-until +90 --reason 倒卖号源
    """
    from clinic.fairness.signs import judging  # noqa: PLC0415

    if (until is None) != (not reason.strip()):
        raise Mistake("--block-until and --reason belong together")
    if len(reason) > 60:
        raise Mistake("--reason: has at most 60 characters, for it is told in an SMS")
    with opened(config) as desk:
        last = None if until is None else parsed_day(until, desk.now().date(), "--block-until")
        if last is not None:
            question = f"The phone of sign {sign} cannot book anywhere until {last}, and is told so with the reason."
            agreed(question, yes=yes, as_json=as_json)
        block = act(desk, judging.confirm, sign=sign, last=last, reason=reason.strip(), by=person(by))
        said = f"sign {sign} is confirmed" + (f"; block {block} holds until {last}" if block else "")
        answer(desk, said, as_json=as_json, sign=sign, state="confirmed", block=block or None, last=last)
