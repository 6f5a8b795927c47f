"""Whole requests: prefill work and time, the network of expert parallelism, prices per token, list prices."""
