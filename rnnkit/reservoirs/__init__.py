"""Reservoir computing: echo state networks and a liquid state machine, in NumPy and SciPy; Keras on demand."""

from typing import Any

from rnnkit.reservoirs.distances import Synapses, column, connection_probability, distance_wiring
from rnnkit.reservoirs.echo_state import EchoStateNetwork
from rnnkit.reservoirs.keras_layer import fit_readout, from_layer
from rnnkit.reservoirs.lsm import LiquidStateMachine, filtered_spikes
from rnnkit.reservoirs.matrices import (
    jacobian_at_rest,
    random_matrix,
    spectral_radius,
    wiring,
    with_spectral_radius,
)
from rnnkit.reservoirs.readout import memory_capacity, ridge

_LAYERS = ("EchoState", "EchoStateCell")

__all__ = [
    "EchoState",
    "EchoStateCell",
    "EchoStateNetwork",
    "LiquidStateMachine",
    "Synapses",
    "column",
    "connection_probability",
    "distance_wiring",
    "filtered_spikes",
    "fit_readout",
    "from_layer",
    "jacobian_at_rest",
    "memory_capacity",
    "random_matrix",
    "ridge",
    "spectral_radius",
    "wiring",
    "with_spectral_radius",
]


def __getattr__(name: str) -> Any:
    if name in _LAYERS:
        from rnnkit.layers import echo_state

        return getattr(echo_state, name)
    raise AttributeError(f"module 'rnnkit.reservoirs' has no attribute {name!r}; it has {', '.join(__all__)}")
