"""gallery."""

import streamlit as st

st.header("gallery", anchor=False)
