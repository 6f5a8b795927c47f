"""The ASGI front door: warm-up, health, API, security headers, and Streamlit behind them.

`streamlit run app/server.py` finds `app` and serves it.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

# The app is run from a checkout and is no installed package.
sys.path.insert(0, str(Path(__file__).parents[1]))

from app.accessible import AccessiblePage
from app.api.routes import ROUTES
from app.jobs import SEARCHES
from app.security import SecurityHeaders
from app.warm import warm

SWITCH_SECONDS = 0.001
"""How long a thread that computes may keep others waiting: Python's 5 ms, twice, would be felt in every click."""


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Load what the first visitor would otherwise wait for; end what still computes when the server ends."""
    sys.setswitchinterval(SWITCH_SECONDS)
    warm()
    yield
    SEARCHES.close()


app = st.App(
    "main.py", lifespan=lifespan, routes=ROUTES, middleware=[Middleware(SecurityHeaders), Middleware(AccessiblePage)]
)
