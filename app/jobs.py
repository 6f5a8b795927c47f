"""A search that runs beside the page: its progress can be asked, and it can be told to stop."""

import threading
import time
from dataclasses import dataclass, field

from costmodel import Accelerator, CostModelError, Front, SearchCancelledError, Space, search


@dataclass
class SearchJob:
    """One search in a thread of its own."""

    space: Space
    accelerators: tuple[Accelerator, ...]
    minimise: tuple[str, ...]
    maximise: tuple[str, ...]
    where: tuple[str, ...]
    share: float = 0.0
    front: Front | None = None
    error: str = ""
    cancelled: bool = False
    started: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)
    _done: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Run; the thread ends with the search."""
        threading.Thread(target=self._run, daemon=True).start()

    def cancel(self) -> None:
        """Ask the search to stop at its next step."""
        self._stop.set()

    @property
    def done(self) -> bool:
        """Finished, failed or cancelled."""
        return self._done.is_set()

    @property
    def seconds_left(self) -> float | None:
        """Time left at the pace so far [s]; None before there is one."""
        elapsed = time.monotonic() - self.started
        return elapsed * (1 - self.share) / self.share if self.share > 0.01 else None

    def _run(self) -> None:
        try:
            self.front = search(
                self.space,
                self.accelerators,
                minimise=self.minimise,
                maximise=self.maximise,
                where=self.where,
                progress=self._progress,
                cancel=self._stop.is_set,
            )
        except SearchCancelledError:
            self.cancelled = True
        except CostModelError as error:
            self.error = str(error)
        except MemoryError:
            self.error = "the search needs more memory than this machine has; narrow the axes"
        finally:
            self.seconds = time.monotonic() - self.started
            self._done.set()

    def _progress(self, share: float) -> None:
        self.share = share
