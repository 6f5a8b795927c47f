"""Many designs at once: labelled sweeps over any fields of a scenario."""
