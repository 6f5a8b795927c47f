"""A schedule with start costs as background work: progress is the share of the time limit.

HiGHS cannot be interrupted, so it runs in a process of its own, which ends with the job: by its result, by Cancel, or
where no page looks at it any more.
"""

import os
import pickle
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from app.jobs import Cancel, Progress
from costmodel import CostModelError, Fleet, SearchCancelledError, StartSchedule, schedule, start_problem

TICK_SECONDS = 0.2
LATE_SECONDS = 15.0
"""Beyond its limit the solver may still set up or polish; then it is ended."""

MOST_BYTES = 3 * 10**9
"""Address space of the solver's process, libraries included; the problem of 24 accelerators takes a tenth of it."""


@dataclass(frozen=True)
class ScheduleRequest:
    """What the page asks: the cheapest day of a fleet whose servers cost a cold start each."""

    fleet: Fleet
    time_limit: float

    def __call__(self, progress: Progress, cancel: Cancel) -> StartSchedule:
        """Solve in a child process and wait for it; a cancelled job ends it within a tick."""
        asked = pickle.dumps((start_problem(self.fleet), self.time_limit))
        with tempfile.TemporaryFile() as question, tempfile.TemporaryFile() as answer:
            question.write(asked)
            question.seek(0)
            process = _started(question, answer)
            try:
                self._wait(process, progress, cancel)
            finally:
                process.kill()
                process.wait()
            answer.seek(0)
            return _read(answer)

    def _wait(self, process: "subprocess.Popen[bytes]", progress: Progress, cancel: Cancel) -> None:
        """Until the process has ended; raise where it shall not go on."""
        start = time.monotonic()
        while process.poll() is None:
            if cancel():
                raise SearchCancelledError("the schedule was cancelled")
            spent = time.monotonic() - start
            if spent > max(self.time_limit, 0) + LATE_SECONDS:
                raise CostModelError(f"no schedule was found within {self.time_limit:g} s")
            progress(min(spent / self.time_limit, 1.0) if self.time_limit > 0 else 1.0)
            try:
                process.wait(TICK_SECONDS)
            except subprocess.TimeoutExpired:
                continue


def _started(question: IO[bytes], answer: IO[bytes]) -> "subprocess.Popen[bytes]":
    # The child finds this package where its parent does. One thread of linear algebra: the solver uses none. No word
    # of the command is a visitor's.
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "app.scheduling"]
    return subprocess.Popen(command, stdin=question, stdout=answer, env=env)  # noqa: S603


def _read(answer: IO[bytes]) -> StartSchedule:
    """What the child found; raises what it raised."""
    content = answer.read()
    if not content:
        raise CostModelError("the solver ended without an answer; it may have needed too much memory")
    # Written by our own child.
    found: Any = pickle.loads(content)  # noqa: S301
    if isinstance(found, BaseException):
        raise found
    if not isinstance(found, StartSchedule):
        raise CostModelError("the solver gave no schedule")
    return found


def main() -> None:
    """The child: a problem and its limit from standard input, the schedule or the error to standard output."""
    # Not every system knows such a limit.
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    # Written by our own parent.
    problem, time_limit = pickle.load(sys.stdin.buffer)  # noqa: S301
    # HiGHS may print; only the answer may reach standard output.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    found: StartSchedule | BaseException
    try:
        found = schedule(problem, time_limit=time_limit)
    except (CostModelError, MemoryError) as error:
        found = error
    with answer:
        pickle.dump(found, answer)


if __name__ == "__main__":
    main()
