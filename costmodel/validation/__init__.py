"""The model against the paper's printed cells and against measured deployments."""
