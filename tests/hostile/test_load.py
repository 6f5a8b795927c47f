"""One visitor against all: many requests at once leave the server answering everyone else."""

from concurrent.futures import ThreadPoolExecutor

from tests.hostile.callers import ANSWERED, BUSY, CALLERS, asked, crowd
from tests.hostile.conftest import Server
from tests.visitor import visiting

REQUESTS_EACH = 4


def test_fifty_callers_leave_the_server_to_everyone_else(server: Server) -> None:
    with ThreadPoolExecutor(1) as beside, visiting(server.address) as visitor:
        callers = beside.submit(crowd, server.address, "/api/plan", REQUESTS_EACH)
        healthy = [asked(server.address, "/healthz") for _ in range(20)]
        pages = [visitor.open(f"attention.0.heads={heads}") for heads in (64, 96)]
        answers = callers.result()
    assert set(healthy) == {ANSWERED}
    assert all(page.exceptions == [] and page.elements > 10 for page in pages)
    assert set(answers) <= {ANSWERED, BUSY}
    assert answers[ANSWERED] >= 18
    assert answers.total() == CALLERS * REQUESTS_EACH


def test_an_unknown_address_under_load_is_404(server: Server) -> None:
    assert crowd(server.address, "/api/nope", 1) == {(404, None): CALLERS}
