"""Widgets drawn from the fields of the library."""
