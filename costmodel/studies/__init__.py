"""Analyses of one scenario: sweeps, sensitivity, break-even prices, uncertainty, curves over context."""
