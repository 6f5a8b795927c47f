"""library."""

import streamlit as st

st.header("library", anchor=False)
