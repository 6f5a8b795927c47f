"""From a key press to the last chart redrawn, for one visitor and for twenty at once; and from a cold start to a chart.

python -m benchmarks.app [sessions] [seconds between the moves of each other visitor]

Starts the server of the Procfile. The measured visitor is a headless Chromium; the others are websocket clients that
speak Streamlit's own messages, and each move a slider every few seconds.
"""

import asyncio
import itertools
import os
import random
import re
import shutil
import statistics
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import websockets
from playwright.sync_api import Page, expect, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.served import started

MOVES = 30
HYBRID = "minimax-m1"
"""Deeper than Step-3, with two mechanisms: it may redraw no slower."""
QUIET_SECONDS, PAUSE_SECONDS = 0.7, 0.3
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]
CHARTS = '[data-testid="stVegaLiteChart"]'
READY = '[data-testid="stApp"][data-test-connection-state="CONNECTED"][data-test-script-state="notRunning"]'

# Runs in the page: notes when the headline, and then the last chart, was drawn anew after a key press.
WATCH = """() => {
  window.drawn = 0; window.told = 0;
  const headline = () => document.querySelector('[data-testid="stMetricValue"]').innerText;
  window.before = headline();
  if (window.observer) window.observer.disconnect();
  window.observer = new MutationObserver(changes => {
    const now = performance.now();
    if (!window.told && headline() !== window.before) window.told = now;
    const inChart = node => (node.closest ? node : node.parentElement)?.closest('[data-testid="stVegaLiteChart"]');
    if (changes.some(change => inChart(change.target))) window.drawn = now;
  });
  window.observer.observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
  window.addEventListener('keydown', () => { window.pressed = performance.now(); }, {once: true, capture: true});
}"""


def wait_until_healthy(address: str) -> None:
    """Return as soon as the server answers."""
    while True:
        with suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"{address}/healthz", timeout=5)
            return
        time.sleep(0.02)


def first_chart(page: Page, address: str) -> float:
    """Seconds from opening the page until the first chart is drawn."""
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(f"{CHARTS} svg.marks, {CHARTS} canvas").first.wait_for(state="attached", timeout=60_000)
    return time.perf_counter() - start


def settle(page: Page) -> None:
    """Wait until everything of the page is drawn."""
    expect(page.locator(READY)).to_be_attached(timeout=60_000)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=60_000)
    for chart in page.locator(f"{CHARTS}:visible").all():
        chart.locator("svg.marks, canvas").first.wait_for(state="attached", timeout=60_000)
    page.wait_for_timeout(500)


def moves(page: Page, name: str = "Query heads") -> list[float]:
    """Milliseconds from each of some key presses on a slider until the last chart changed."""
    slider = page.get_by_role("slider", name=name).first
    slider.focus()
    found = []
    for number in range(MOVES):
        page.evaluate(WATCH)
        page.keyboard.press("ArrowRight" if number % 8 < 4 else "ArrowLeft")
        # Asking the page how far it is would take from the time that it has for being there.
        page.wait_for_timeout(1000 * QUIET_SECONDS)
        page.wait_for_function("() => window.told || window.drawn", timeout=30_000)
        expect(page.locator(READY)).to_be_attached(timeout=30_000)
        page.wait_for_timeout(1000 * PAUSE_SECONDS)
        pressed, told, drawn = page.evaluate("() => [window.pressed, window.told, window.drawn]")
        found.append(max(told, drawn) - pressed)
    return found


def tell(name: str, milliseconds: list[float]) -> None:
    """Median and 95th percentile of some times, which two can tell at the least."""
    if len(milliseconds) < 2:
        print(f"{name}: {len(milliseconds)} moves are too few to tell")
        return
    high = statistics.quantiles(milliseconds, n=20)[-1]
    print(f"{name}: median {statistics.median(milliseconds):.0f} ms, p95 {high:.0f} ms, {len(milliseconds)} moves")


def run_request(widget: str, option: str) -> bytes:
    """A rerun with one select slider moved to another option."""
    message = BackMsg()
    message.rerun_script.query_string = ""
    if widget:
        state = message.rerun_script.widget_states.widgets.add()
        state.id = widget
        state.string_array_value.data.append(option)
    return message.SerializeToString()


async def visitor(address: str, number: int, pace: float, stop: Event, times: list[float]) -> None:
    """One websocket session that moves its first slider every `pace` seconds and notes how long each run took [ms].

    It starts at its own moment and its pauses differ, as visitors are not in step.
    """
    chance = random.Random(number)
    await asyncio.sleep(pace * chance.random())
    stream = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    async with websockets.connect(stream, max_size=None, subprotocols=["streamlit"]) as line:  # type: ignore[list-item]
        widget = ""
        for option in itertools.cycle(("72", "80", "88", "80")):
            start = time.perf_counter()
            await line.send(run_request(widget, option))
            while True:
                message = ForwardMsg()
                message.ParseFromString(await line.recv())
                kind = message.WhichOneof("type")
                if kind == "delta" and not widget and b"Query heads" in message.SerializeToString():
                    found = re.search(rb"\$\$ID-[0-9a-f]+-attention\.0\.heads", message.SerializeToString())
                    widget = found.group().decode() if found else ""
                if kind == "script_finished":
                    break
            times.append((time.perf_counter() - start) * 1e3)
            if stop.is_set():
                return
            await asyncio.sleep(max(0.0, pace * chance.uniform(0.5, 1.5) - (time.perf_counter() - start)))


def crowd(address: str, sessions: int, pace: float, stop: Event) -> tuple[Thread, list[float]]:
    """Some visitors in a thread of their own."""
    times: list[float] = []

    async def all_of_them() -> None:
        await asyncio.gather(*(visitor(address, number, pace, stop, times) for number in range(sessions)))

    thread = Thread(target=lambda: asyncio.run(all_of_them()), daemon=True)
    thread.start()
    return thread, times


def tell_crowd(page: Page, address: str, sessions: int, pace: float) -> None:
    """The same moves while others move too, and what the others see."""
    stop = Event()
    thread, times = crowd(address, sessions - 1, pace, stop)
    time.sleep(3)
    times.clear()
    tell(f"{sessions} sessions, a move every {pace:g} s each on average, as seen in the browser", moves(page))
    stop.set()
    thread.join(timeout=20)
    tell(f"{sessions} sessions, script runs as the others see them", times)


def main() -> None:
    """Print the figures."""
    sessions = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    pace = float(sys.argv[2]) if len(sys.argv) > 2 else 3.0
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright, started(Path(os.devnull)) as (address, _):
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
        start = time.perf_counter()
        wait_until_healthy(address)
        print(f"server start: {time.perf_counter() - start:.2f} s")
        print(f"cold start to first chart, new server and new browser: {first_chart(page, address):.2f} s")
        again = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
        print(f"first chart of the second visitor: {first_chart(again, address):.2f} s")
        again.close()
        settle(page)
        tell("1 session", moves(page))
        again = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
        again.goto(f"{address}/?model={HYBRID}")
        settle(again)
        tell(f"1 session with {HYBRID}", moves(again))
        again.close()
        for view in ("request", "fleet"):
            again = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
            again.goto(f"{address}/{view}")
            settle(again)
            tell(f"1 session on {view}", moves(again, "Prompt"))
            again.close()
        if sessions > 1:
            tell_crowd(page, address, sessions, pace)
        browser.close()


if __name__ == "__main__":
    main()
