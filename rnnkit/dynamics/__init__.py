"""Recurrent networks as dynamic systems: their states over time, and the derivatives along the way."""

from rnnkit.dynamics.jacobian import state_gradients, state_jacobians
from rnnkit.dynamics.trajectory import readout, trajectory

__all__ = ["readout", "state_gradients", "state_jacobians", "trajectory"]
