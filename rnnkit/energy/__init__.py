"""Energy models: Hopfield networks, Boltzmann machines, restricted ones, stacks of them. NumPy, SciPy, scikit-learn."""

try:
    import sklearn  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "rnnkit.energy needs scikit-learn, which is not installed. Install it with: pip install 'rnnkit[energy]'"
    ) from error

from rnnkit.energy.boltzmann import BoltzmannMachine
from rnnkit.energy.dbn import DBN
from rnnkit.energy.dbn_classifier import DBNClassifier
from rnnkit.energy.enumeration import all_states
from rnnkit.energy.hopfield import Hopfield, Recall, capacity_curve, overlap
from rnnkit.energy.hubbard_stratonovich import hubbard_stratonovich
from rnnkit.energy.ising import CRITICAL_TEMPERATURE, ising_lattice
from rnnkit.energy.partition import AnnealedEstimate, annealed_log_partition, exact_log_partition
from rnnkit.energy.rbm import RBM

__all__ = [
    "CRITICAL_TEMPERATURE",
    "DBN",
    "RBM",
    "AnnealedEstimate",
    "BoltzmannMachine",
    "DBNClassifier",
    "Hopfield",
    "Recall",
    "all_states",
    "annealed_log_partition",
    "capacity_curve",
    "exact_log_partition",
    "hubbard_stratonovich",
    "ising_lattice",
    "overlap",
]
