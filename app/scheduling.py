"""A schedule with start costs as background work: progress is the share of the time limit."""

import threading
import time
from dataclasses import dataclass

from app.jobs import Cancel, Progress
from costmodel import Fleet, SearchCancelledError, StartSchedule, schedule, start_problem

TICK_SECONDS = 0.2


@dataclass(frozen=True)
class ScheduleRequest:
    """What the page asks: the cheapest day of a fleet whose servers cost a cold start each."""

    fleet: Fleet
    time_limit: float

    def __call__(self, progress: Progress, cancel: Cancel) -> StartSchedule:
        """Solve in a thread, which ends by its limit at the latest; a cancelled job does not wait for it."""
        found: list[StartSchedule] = []
        failed: list[BaseException] = []

        def solve() -> None:
            try:
                found.append(schedule(start_problem(self.fleet), time_limit=self.time_limit))
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=solve, name="schedule", daemon=True)
        start = time.monotonic()
        thread.start()
        while thread.is_alive():
            thread.join(TICK_SECONDS)
            progress(min((time.monotonic() - start) / self.time_limit, 1.0))
            if cancel():
                raise SearchCancelledError("the schedule was cancelled")
        if failed:
            raise failed[0]
        return found[0]
