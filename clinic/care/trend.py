"""How readings have gone: plain figures, month by month, and a small chart for a phone."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clinic.care.reading.values import Glucose, Meal, Pressure, Reading
from conf.norms import Limits, Norms
from conf.texts import say
from conf.texts.words import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES, DOTS = (4.8, 3.2), 100  # 480 x 320
UPPER, LOWER, INK, GRID = "#1d4e89", "#c2543d", "#374151", "#9ca3af"
UPPER_BAND, LOWER_BAND = "#d6e4f5", "#f8e0d8"
MEALS: dict[Meal, tuple[str, str]] = {
    "fasting": (UPPER, "o"),
    "after_meal": (LOWER, "s"),
    "unknown": ("#6b7280", "^"),
}
MANY = 40  # more points than this are drawn without their marks


@dataclass(frozen=True, slots=True)
class Point:
    """A reading and when it was measured."""

    at: dt.datetime
    reading: Reading


@dataclass(frozen=True, slots=True)
class Targets:
    """From `lowest` to below `pressure` (mmHg); above `glucose_low` to below the meal's goal (tenths of mmol/L)."""

    lowest: Limits
    pressure: Limits
    glucose_low: int
    fasting: int
    after_meal: int

    def met(self, reading: Reading) -> bool:
        if isinstance(reading, Pressure):
            return (
                self.lowest.systolic <= reading.systolic < self.pressure.systolic
                and self.lowest.diastolic <= reading.diastolic < self.pressure.diastolic
            )
        return self.glucose_low < reading.tenths < (self.after_meal if reading.meal == "after_meal" else self.fasting)


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean (exact), least and greatest of a figure."""

    mean: Fraction
    least: int
    greatest: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What some readings of one kind come to; `systolic` and `diastolic` in mmHg, `glucose` in tenths of mmol/L."""

    count: int
    on_target: int
    systolic: Spread | None
    diastolic: Spread | None
    glucose: Spread | None

    @property
    def percent(self) -> int:
        """Of a hundred readings so many are on target, rounded; 100 only where all are, 0 only where none is."""
        if not self.on_target or self.on_target == self.count:
            return 100 if self.on_target else 0
        return min(99, max(1, (200 * self.on_target + self.count) // (2 * self.count)))


@dataclass(frozen=True, slots=True)
class Trend:
    """All readings, and those of each month that has some, by its first day."""

    whole: Figures
    months: tuple[tuple[dt.date, Figures], ...]


def targets(of: Norms, age: int) -> Targets:
    """What is aimed at by these norms at this age."""
    return Targets(of.pressure_low, of.goal(age), of.glucose_low, of.goal_fasting, of.goal_after_meal)


def trend(points: Iterable[Point], aims: Targets) -> Trend:
    """Figures of readings of one kind; months go by the day that each moment has in its own zone."""
    ordered = sorted(points, key=lambda point: point.at)
    months = groupby(ordered, key=lambda point: point.at.date().replace(day=1))
    return Trend(
        _figures([point.reading for point in ordered], aims),
        tuple((month, _figures([point.reading for point in group], aims)) for month, group in months),
    )


def _figures(readings: Sequence[Reading], aims: Targets) -> Figures:
    pressures = [each for each in readings if isinstance(each, Pressure)]
    return Figures(
        count=len(readings),
        on_target=sum(map(aims.met, readings)),
        systolic=_spread([each.systolic for each in pressures]),
        diastolic=_spread([each.diastolic for each in pressures]),
        glucose=_spread([each.tenths for each in readings if isinstance(each, Glucose)]),
    )


def _spread(values: Sequence[int]) -> Spread | None:
    return Spread(Fraction(sum(values), len(values)), min(values), max(values)) if values else None


def chart(points: Iterable[Point], aims: Targets, *, language: Language, font: Path | None = None) -> bytes:
    """A PNG of 480 x 320 of readings of one kind, what is aimed at shaded. `font` is a file with Chinese characters.

    Without a font file Chinese texts are written in English, which every font has.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  half a second
    from matplotlib.figure import Figure  # noqa: PLC0415

    drawn = sorted(points, key=lambda point: point.at)
    spoken: Language = language if font is not None else "en"
    figure = Figure(figsize=INCHES, dpi=DOTS, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    of_glucose = bool(drawn) and isinstance(drawn[0].reading, Glucose)
    title = say(spoken, "care-chart.glucose" if of_glucose else "care-chart.pressure")
    axes.set_title(title, loc="left", color=INK, **_face(font, 12.5))
    if drawn:
        _share(axes, _figures([point.reading for point in drawn], aims), spoken, font)
        (_glucoses if of_glucose else _pressures)(axes, drawn, aims, spoken)
        _days(axes, drawn)
        axes.legend(
            loc="upper left",
            ncols=3,
            frameon=False,
            borderaxespad=0.1,
            handlelength=1.4,
            prop=_face(font, 10.5)["fontproperties"],
        )
    else:
        _nothing(axes, spoken, font)
    _tidy(axes)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _share(axes: Axes, figures: Figures, language: Language, font: Path | None) -> None:
    words = {"share": figures.percent, "good": figures.on_target, "count": figures.count}
    axes.set_title(say(language, "care-chart.share", **words), loc="right", color=INK, **_face(font, 10.5))


def _pressures(axes: Axes, points: Sequence[Point], aims: Targets, language: Language) -> None:
    systolic = [point.reading.systolic for point in points if isinstance(point.reading, Pressure)]
    diastolic = [point.reading.diastolic for point in points if isinstance(point.reading, Pressure)]
    axes.axhspan(aims.lowest.systolic, aims.pressure.systolic, color=UPPER_BAND, linewidth=0)
    axes.axhspan(aims.lowest.diastolic, aims.pressure.diastolic, color=LOWER_BAND, linewidth=0)
    _line(axes, points, systolic, UPPER, "o", say(language, "care-chart.systolic"))
    _line(axes, points, diastolic, LOWER, "s", say(language, "care-chart.diastolic"))
    for limit, color in ((aims.pressure.systolic, UPPER), (aims.pressure.diastolic, LOWER)):
        _limit(axes, limit, str(limit), color)
    _room(axes, [*systolic, *diastolic], (50, 160), 10)


def _glucoses(axes: Axes, points: Sequence[Point], aims: Targets, language: Language) -> None:
    axes.axhspan(aims.glucose_low / 10, aims.fasting / 10, color=UPPER_BAND, linewidth=0)
    _limit(axes, aims.fasting / 10, f"{aims.fasting / 10:.1f}", UPPER)
    for meal, (color, mark) in MEALS.items():
        of = [point for point in points if isinstance(point.reading, Glucose) and point.reading.meal == meal]
        if of:
            values = [point.reading.tenths / 10 for point in of if isinstance(point.reading, Glucose)]
            _line(axes, of, values, color, mark, say(language, f"care-chart.{meal}"))
            if meal == "after_meal":
                _limit(axes, aims.after_meal / 10, f"{aims.after_meal / 10:.1f}", LOWER)
    tenths = [point.reading.tenths for point in points if isinstance(point.reading, Glucose)]
    _room(axes, [value / 10 for value in tenths], (3.0, 11.0), 0.5)


def _line(axes: Axes, points: Sequence[Point], values: Sequence[float], color: str, mark: str, label: str) -> None:
    moments = [point.at.replace(tzinfo=None) for point in points]
    style: dict[str, Any] = {"marker": mark, "markersize": 5} if len(points) <= MANY else {}
    axes.plot(moments, values, color=color, linewidth=1.8, label=label, **style)  # type: ignore[arg-type]


def _limit(axes: Axes, value: float, written: str, color: str) -> None:
    axes.axhline(value, color=color, linewidth=1, linestyle=(0, (4, 3)), alpha=0.8)
    place: dict[str, Any] = {"xytext": (3, 0), "textcoords": "offset points", "va": "center", "annotation_clip": False}
    axes.annotate(written, (1, value), xycoords=("axes fraction", "data"), fontsize=9.5, color=color, **place)


def _room(axes: Axes, values: Sequence[float], usual: tuple[float, float], margin: float) -> None:
    """From what is usual, or further where readings are; and room above for the legend."""
    lowest, highest = min([usual[0], *(value - margin for value in values)]), max([usual[1], *values])
    axes.set_ylim(lowest, highest + (highest - lowest) * 0.16)


def _days(axes: Axes, points: Sequence[Point]) -> None:
    from matplotlib.dates import AutoDateLocator, DateFormatter, DayLocator  # noqa: PLC0415

    first, last = points[0].at.replace(tzinfo=None), points[-1].at.replace(tzinfo=None)
    spare = max(dt.timedelta(hours=12), (last - first) * 0.03)
    axes.set_xlim(first - spare, last + spare)  # type: ignore[arg-type]
    few = last - first < dt.timedelta(days=5)  # else one day would be written several times
    axes.xaxis.set_major_locator(DayLocator() if few else AutoDateLocator(minticks=2, maxticks=5))
    long = last - first > dt.timedelta(days=330)
    axes.xaxis.set_major_formatter(DateFormatter("%Y-%m" if long else "%m-%d"))


def _nothing(axes: Axes, language: Language, font: Path | None) -> None:
    axes.text(0.5, 0.5, say(language, "care-chart.empty"), ha="center", transform=axes.transAxes, **_face(font, 13))
    axes.set_xticks([])
    axes.set_yticks([])


def _tidy(axes: Axes) -> None:
    axes.grid(axis="y", color=GRID, alpha=0.35, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=10, colors=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _face(font: Path | None, size: float) -> dict[str, Any]:
    """How a text is set: in the font of the file, or in the one that matplotlib brings."""
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415

    return {"fontproperties": FontProperties(fname=str(font) if font else None, size=size)}
