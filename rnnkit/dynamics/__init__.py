"""Recurrent networks as dynamic systems: their states over time."""

from rnnkit.dynamics.trajectory import readout, trajectory

__all__ = ["readout", "trajectory"]
