"""What Streamlit's page lacks for the keyboard and for screen readers, put into its head by a small ASGI middleware.

Why not without: docs/decisions/accessible-page.md.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

ASGIApp = Callable[..., Awaitable[None]]
Message = MutableMapping[str, Any]

STYLE = """
[data-testid="stElementToolbar"]:focus-within { opacity: 1; }
[data-testid="stElementToolbar"] button[data-testid]:focus-visible { outline: 2px solid currentColor; }
[data-testid="stBottom"] [data-testid="stBottomBlockContainer"] { padding-bottom: 1rem; }
@media (min-width: 769px) { [data-testid="stBottom"]:not(:has(.st-key-strip-controls)) { display: none; } }
"""
"""The toolbar of a chart or table is transparent until the mouse is over it; its buttons take the keyboard's focus.
A strip at the lower edge repeats the first controls of the panel, which a window above 768 pixels shows all the time.
"""

SCRIPT = """
new MutationObserver(() => {
  const zones = '[data-testid="stFileUploaderDropzone"][role="presentation"]';
  for (const zone of document.querySelectorAll(zones)) zone.setAttribute("role", "group");
  for (const frame of document.querySelectorAll('[data-testid="stTable"] > div:not([tabindex])')) frame.tabIndex = 0;
}).observe(document, { childList: true, subtree: true });
"""
"""The drop zone for files is marked as presentation although it has a name and takes focus; tables wider than a phone
scroll, which the keyboard can do only where they take focus.
"""

HEAD = f"<style>{STYLE}</style><script>{SCRIPT}</script></head>".encode()
OF_THE_FILE = (b"content-length", b"etag", b"last-modified")


class AccessiblePage:
    """Adds `STYLE` and `SCRIPT` to every HTML page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Any, send: Callable[[Message], Awaitable[None]]) -> None:
        """Pass everything through; a page is held until it is whole."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        held: list[Message] = []
        parts: list[bytes] = []

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                held.append(message)
            elif not held:
                await send(message)
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    await _sent(send, held[0], b"".join(parts).replace(b"</head>", HEAD, 1))

        await self.app(_uncompressed(scope), receive, completed)


def _uncompressed(scope: Message) -> Message:
    """The request; one for a page does not offer to read compressed answers, which could not be completed."""
    headers = dict(scope["headers"])
    if b"text/html" not in headers.get(b"accept", b""):
        return scope
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]}


def _is_page(message: Message) -> bool:
    headers = {name.lower(): value for name, value in message["headers"]}
    return b"text/html" in headers.get(b"content-type", b"") and b"content-encoding" not in headers


async def _sent(send: Callable[[Message], Awaitable[None]], start: Message, page: bytes) -> None:
    """The page under headers that are true of it; those that name the version of the file are not."""
    kept = [(name, value) for name, value in start["headers"] if name.lower() not in OF_THE_FILE]
    await send({**start, "headers": [*kept, (b"content-length", str(len(page)).encode())]})
    await send({"type": "http.response.body", "body": page})
