"""A visitor without a browser: a websocket that speaks Streamlit's own messages, for many at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

PATIENCE_SECONDS = 120
MOST_MESSAGES = 5_000


@dataclass
class Page:
    """What one run of the script sent: text elements, messages, and exceptions."""

    texts: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    elements: int = 0

    def add(self, message: ForwardMsg) -> None:
        """One more message of the run."""
        if message.WhichOneof("type") != "delta" or message.delta.WhichOneof("type") != "new_element":
            return
        element = message.delta.new_element
        self.elements += 1
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.exceptions.append(f"{element.exception.type}: {element.exception.message}")
        elif kind in ("text", "markdown", "alert", "heading"):
            self.texts.append(str(getattr(element, kind).body))

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.texts)


class Visitor:
    """One session of the app."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line

    def open(self, query: str = "", view: str = "") -> Page:
        """Follow a link to a page (its address, such as `plan`) and wait until the script has run."""
        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_name = view
        self._line.send(message.SerializeToString())
        page = Page()
        for _ in range(MOST_MESSAGES):
            answer = ForwardMsg()
            answer.ParseFromString(self._line.recv(timeout=PATIENCE_SECONDS))
            page.add(answer)
            if answer.WhichOneof("type") == "script_finished":
                return page
        raise AssertionError(f"a run sent more than {MOST_MESSAGES} messages")


@contextmanager
def visiting(address: str) -> Iterator[Visitor]:
    """A new session of the server at that address."""
    stream = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    with connect(stream, max_size=None, subprotocols=["streamlit"]) as line:  # type: ignore[list-item]
        yield Visitor(line)
