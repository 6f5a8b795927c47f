"""The server as a platform starts it, for tests that drive it without a browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.served import started, wait_for


@dataclass(frozen=True)
class Server:
    """Where a server answers, and the process that answers."""

    address: str
    pid: int

    def resident_bytes(self) -> int:
        """Memory of the server in use [byte]."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for all tests here; its log must stay free of tracebacks."""
    log = tmp_path_factory.mktemp("web") / "log"
    with started(log) as (address, process):
        wait_for(f"{address}/healthz", process, log)
        yield Server(address, _newest(process.pid))
    written = log.read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in written, written[-6000:]


def _newest(pid: int) -> int:
    """The process at the end of a chain of shells."""
    while children := Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
        pid = int(children[0])
    return pid
