"""Servers over the day: demand, sizing of the pools, spares, queueing, energy and ownership."""
