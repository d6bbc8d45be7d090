"""Models of a system from its inputs and outputs, or of a signal from its past. NumPy and SciPy; layers on demand."""

from rnnkit._moved import old_names
from rnnkit.identification._model import Model, rmse
from rnnkit.identification.arx import ARX, FIR
from rnnkit.identification.delay_embedding import (
    choose_dimension,
    choose_lag,
    delay_embedding,
    false_neighbours,
    mutual_information,
)
from rnnkit.identification.free_running import free_run
from rnnkit.identification.frols import Selection, frols
from rnnkit.identification.linear_ar import LinearAR, choose_linear_ar, fit_linear_ar
from rnnkit.identification.mlp import MLP, levenberg_marquardt
from rnnkit.identification.narx import NARXModel, SlidingPredictor
from rnnkit.identification.polynomial import PolynomialNARX
from rnnkit.identification.recording import Recording, read_csv
from rnnkit.identification.regression import regressors
from rnnkit.identification.residuals import Correlation, residual_correlation
from rnnkit.identification.signal_windows import Windows, cut_frames, cut_windows, split_by_time
from rnnkit.identification.state_space import StateSpaceRNN

__all__ = [
    "ARX",
    "FIR",
    "MLP",
    "Correlation",
    "LinearAR",
    "Model",
    "NARXModel",
    "PolynomialNARX",
    "Recording",
    "Selection",
    "SlidingPredictor",
    "StateSpaceRNN",
    "Windows",
    "choose_dimension",
    "choose_lag",
    "choose_linear_ar",
    "cut_frames",
    "cut_windows",
    "delay_embedding",
    "false_neighbours",
    "fit_linear_ar",
    "free_run",
    "frols",
    "levenberg_marquardt",
    "mutual_information",
    "read_csv",
    "regressors",
    "residual_correlation",
    "rmse",
    "split_by_time",
]

__getattr__ = old_names(__name__)
