"""The Streamlit front end: it lays out what the library computes, and never calculates."""
