"""Recurrent networks as dynamic systems: their states over time, the derivatives along the way, where they end up."""

from rnnkit.dynamics.basin_network import fit_basin_network
from rnnkit.dynamics.basins import Attractor, Basins, basins
from rnnkit.dynamics.cycles import period_and_amplitude, rising_times
from rnnkit.dynamics.fixed_points import FixedPoints, fixed_points
from rnnkit.dynamics.jacobian import state_gradients, state_jacobians
from rnnkit.dynamics.lyapunov import lyapunov_spectrum, spectral_radii, spectrum_of_jacobians
from rnnkit.dynamics.maps import Map, as_map
from rnnkit.dynamics.trajectory import readout, trajectory

__all__ = [
    "Attractor",
    "Basins",
    "FixedPoints",
    "Map",
    "as_map",
    "basins",
    "fit_basin_network",
    "fixed_points",
    "lyapunov_spectrum",
    "period_and_amplitude",
    "readout",
    "rising_times",
    "spectral_radii",
    "spectrum_of_jacobians",
    "state_gradients",
    "state_jacobians",
    "trajectory",
]
