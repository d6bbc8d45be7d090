"""Reservoir computing: echo state networks and a liquid state machine, in NumPy and SciPy."""

from rnnkit._moved import old_names
from rnnkit.reservoirs.distances import Synapses, column, connection_probability, distance_wiring
from rnnkit.reservoirs.echo_state import EchoStateNetwork
from rnnkit.reservoirs.lsm import LiquidStateMachine, filtered_spikes
from rnnkit.reservoirs.matrices import (
    jacobian_at_rest,
    random_matrix,
    spectral_radius,
    wiring,
    with_spectral_radius,
)
from rnnkit.reservoirs.online import RecursiveLeastSquares
from rnnkit.reservoirs.plasticity import Plasticity, intrinsic_plasticity
from rnnkit.reservoirs.readout import memory_capacity, ridge
from rnnkit.reservoirs.regressor import EchoStateRegressor

__all__ = [
    "EchoStateNetwork",
    "EchoStateRegressor",
    "LiquidStateMachine",
    "Plasticity",
    "RecursiveLeastSquares",
    "Synapses",
    "column",
    "connection_probability",
    "distance_wiring",
    "filtered_spikes",
    "intrinsic_plasticity",
    "jacobian_at_rest",
    "memory_capacity",
    "random_matrix",
    "ridge",
    "spectral_radius",
    "wiring",
    "with_spectral_radius",
]

__getattr__ = old_names(__name__)
