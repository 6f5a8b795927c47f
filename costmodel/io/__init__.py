"""Scenarios and presets as text: TOML files, links, numbers."""
