"""Hours of the week in which a price holds, written as "16:30-00:30" or "Mon-Fri 01:00-04:00", in UTC."""

import re
from dataclasses import dataclass

import numpy as np

from costmodel.errors import DomainError, quote

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUTES_PER_DAY = 24 * 60
MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY

_TIME = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_WINDOW = re.compile(rf"(?:({'|'.join(DAYS)})-({'|'.join(DAYS)}) )?{_TIME}-{_TIME}")


@dataclass(frozen=True)
class Window:
    """A stretch of minutes of the day, past midnight where the end is not after the start, on days that start it."""

    first_day: int
    last_day: int
    start: int
    end: int

    @classmethod
    def read(cls, text: str) -> "Window":
        """A window from its text; DomainError says how one is written."""
        found = _WINDOW.fullmatch(text)
        if found is None or DAYS.index(found[1] or "Mon") > DAYS.index(found[2] or "Sun"):
            raise DomainError(f'{quote(text)} is not allowed; must be like "16:30-00:30" or "Mon-Fri 01:00-04:00"')
        first, last = (DAYS.index(found[1]), DAYS.index(found[2])) if found[1] else (0, 6)
        start, end = int(found[3]) * 60 + int(found[4]), int(found[5]) * 60 + int(found[6])
        return cls(first, last, start, end if end > start else end + MINUTES_PER_DAY)

    @property
    def starts(self) -> tuple[int, ...]:
        """Minutes of the week at which it begins."""
        return tuple(day * MINUTES_PER_DAY + self.start for day in range(self.first_day, self.last_day + 1))

    def covers(self, minute_of_week: int) -> bool:
        """True where a minute of the week, from Monday 00:00 UTC, lies inside."""
        return any((minute_of_week - start) % MINUTES_PER_WEEK < self.end - self.start for start in self.starts)


def share_of_week(windows: tuple[Window, ...]) -> float:
    """Share of a week's minutes that any of the windows covers."""
    covered = np.zeros(MINUTES_PER_WEEK, dtype=bool)
    for window in windows:
        for start in window.starts:
            covered[np.arange(start, start + window.end - window.start) % MINUTES_PER_WEEK] = True
    return float(covered.mean())
