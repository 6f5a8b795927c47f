"""Security headers on every response, as a small ASGI middleware."""

import base64
import hashlib
import os
import re
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import streamlit

from app.accessible import SCRIPT
from costmodel import DomainError, Problem

ASGIApp = Callable[..., Awaitable[None]]
Message = MutableMapping[str, Any]


EMBEDDED_IN = "AFD_EXPLORER_EMBEDDED_IN"
"""Variable with the one origin, such as https://space.example, whose pages may show the app in a frame."""

_ORIGIN = re.compile(r"https://[a-z0-9.-]{1,253}(:[0-9]{1,5})?")


def frame_ancestors() -> str:
    """Origins that may show the app in a frame: its own, and the one that the server's operator names."""
    named = os.environ.get(EMBEDDED_IN, "")
    if not named:
        return "'self'"
    if not _ORIGIN.fullmatch(named):
        raise DomainError(Problem(EMBEDDED_IN, f"{named!r} is not allowed; must be an origin: https://host"))
    return f"'self' {named}"


def content_policy() -> str:
    """Content-Security-Policy for Streamlit's page: own scripts only, plus the inline ones of its page and ours.

    The hashes are read from the installed page, because they change with every upgrade. Vega compiles expressions
    without eval here; `wasm-unsafe-eval` is for Arrow. In `connect-src`, 'self' covers the websocket of the same host
    and port too (Content Security Policy Level 3, sec. 6.7.2.8).
    """
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    inline = [*re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", page, flags=re.DOTALL), SCRIPT]
    digests = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in inline]
    hashes = " ".join(f"'sha256-{digest}'" for digest in digests)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'wasm-unsafe-eval' {hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {frame_ancestors()}",
        )
    )


class SecurityHeaders:
    """Adds the headers to every HTTP response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = [
            (b"content-security-policy", content_policy().encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"strict-origin-when-cross-origin"),
            (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
        ]

    async def __call__(self, scope: Message, receive: Any, send: Callable[[Message], Awaitable[None]]) -> None:
        """Pass everything through; headers go onto the start of a response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self.headers]
            await send(message)

        await self.app(scope, receive, with_headers)
