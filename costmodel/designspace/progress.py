"""Progress and cancellation of a search."""

from collections.abc import Callable

from costmodel.errors import SearchCancelledError
from costmodel.units import percent


class Report:
    """Reports progress to the caller of a search, and raises once the caller has cancelled."""

    def __init__(self, progress: Callable[[float], object] | None, cancel: Callable[[], bool] | None) -> None:
        self._progress, self._cancel = progress, cancel
        self._done = 0.0

    def add(self, share: float) -> None:
        """Report a further share of the work as done."""
        self._done = min(1.0, self._done + share)
        if self._progress is not None:
            self._progress(self._done)
        self.check()

    def finish(self) -> None:
        """Report the whole search as done, without the rounding error of added shares."""
        self._done = 1.0
        if self._progress is not None:
            self._progress(1.0)

    def check(self) -> None:
        """SearchCancelledError once the caller has cancelled."""
        if self._cancel is not None and self._cancel():
            raise SearchCancelledError(f"search cancelled at {percent(self._done)}")
