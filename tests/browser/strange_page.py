"""A page of Streamlit with nothing on it but text of strangers, escaped as the app does it."""

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.wording import plain, verbatim
from tests.app.strange import STRANGE

for name, text in STRANGE.items():
    with st.container(key=f"marked {name}"):
        st.markdown(plain(text))
    with st.container(key=f"inside {name}"):
        st.caption(f"**before** {plain(text)}")
    with st.container(key=f"text {name}"):
        st.text(verbatim(text))
st.text("the end")
