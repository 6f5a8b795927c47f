"""The share of a search that is done, the time left, and the wish to cancel it."""

import time
from collections.abc import Callable

from costmodel.errors import SearchCancelledError

FIRST_ESTIMATE = 0.02
"""Share below which a pace says nothing yet."""


class Progress:
    """The share of a search that is done and the time left: pass it as `progress`, read it from any thread.

    `share` never falls and `seconds_left` never rises. `seconds_left` is None before there is a pace, and again when
    the first estimates turn out to have been too short.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()
        self._end: float | None = None
        self.share = 0.0

    def __call__(self, share: float) -> None:
        """Take note of the share that is done."""
        self.share = max(self.share, share)
        if self.share >= FIRST_ESTIMATE:
            now = self._clock()
            end = now + (now - self._start) * (1 - self.share) / self.share
            self._end = end if self._end is None else min(self._end, end)

    @property
    def seconds_left(self) -> float | None:
        """Estimated time left [s]."""
        left = None if self._end is None else self._end - self._clock()
        return left if left is not None and left > 0 else None


class Report:
    """Passes the share that is done to the caller of a search, and asks the caller whether to go on."""

    def __init__(self, progress: Callable[[float], object] | None, cancel: Callable[[], bool] | None) -> None:
        self._progress, self._cancel = progress, cancel
        self._done = 0.0

    def add(self, share: float) -> None:
        """That much more of the search is done."""
        self._done = min(1.0, self._done + share)
        if self._progress is not None:
            self._progress(self._done)
        self.check()

    def finish(self) -> None:
        """Everything is done, whatever rounding has left of the shares."""
        self._done = 1.0
        if self._progress is not None:
            self._progress(1.0)

    def check(self) -> None:
        """SearchCancelledError when the caller no longer wants the answer."""
        if self._cancel is not None and self._cancel():
            raise SearchCancelledError(f"search cancelled at {self._done:.0%}")
