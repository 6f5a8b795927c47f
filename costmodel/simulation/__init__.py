"""Event simulation of the AFD pipeline: the check of the steady-state formulas, and the price of variability.

`events` runs the pipeline, `slots` and `routing` say how long its stages take, `theory` holds the cases that are known
exactly. Not a serving simulator: batches are full, and a finished request is replaced at once.
"""
