"""The share of a search that is done, and the wish to cancel it."""

from collections.abc import Callable

from costmodel.errors import SearchCancelledError
from costmodel.units import percent


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
            raise SearchCancelledError(f"search cancelled at {percent(self._done)}")
