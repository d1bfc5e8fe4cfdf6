"""Spans of time as people name them: days where the reader is, and bars for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format

# The longest time that is shown by days, and by weeks; what is longer, by months.
BY_DAYS, BY_WEEKS = 92, 740
# Nothing was taken before there was a site to take it from.
EARLIEST = date(2000, 1, 1)
DAY = timedelta(days=1)


def midnight(day: date) -> datetime:
    """Return when a day begins where the reader is."""
    return timezone.make_aware(datetime.combine(day, time()))


@dataclass(frozen=True)
class Span:
    """Days from the first to the last, both included."""

    first: date
    last: date

    @property
    def times(self) -> tuple[datetime, datetime]:
        """Return its first moment, and the first that is no longer in it."""
        return midnight(self.first), midnight(self.last + DAY)

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def label(self) -> str:
        first = date_format(self.first, "DATE_FORMAT")
        last = date_format(self.last, "DATE_FORMAT")
        return first if self.first == self.last else f"{first} – {last}"

    def parts(self) -> list[Span]:
        """Cut it into days, weeks or months, so that all of them can be drawn."""
        found, begin = list[Span](), self.first
        while begin <= self.last:
            end = min(self._end(begin), self.last)
            found.append(Span(begin, end))
            begin = end + DAY
        return found

    def _end(self, begin: date) -> date:
        if self.length <= BY_DAYS:
            return begin
        if self.length <= BY_WEEKS:
            return begin + timedelta(days=6 - begin.weekday())
        return (begin.replace(day=1) + timedelta(days=32)).replace(day=1) - DAY


@dataclass(frozen=True)
class Bar:
    """One bar of a chart: its span and number, where it stands, and how high."""

    span: Span
    number: int
    address: str
    x: int
    y: float
    height: float


def bars(spans: Sequence[Span], numbers: Sequence[int], here: str) -> list[Bar]:
    """Draw a chart that is 100 high and 10 wide for each span."""
    most = max([*numbers, 1])
    found = []
    for place, (span, number) in enumerate(zip(spans, numbers, strict=True)):
        height = round(100 * number / most, 1)
        days = f"since={span.first}&until={span.last}"
        address = f"{here}&{days}" if here != "?" else f"?{days}"
        found.append(Bar(span, number, address, 10 * place, 100 - height, height))
    return found
