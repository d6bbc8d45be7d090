"""The lectures' applications of recurrent networks, as Keras layers and models: one a file."""

from rnnkit.applications import bivariate_mixture
from rnnkit.applications.copying import copying_ntm
from rnnkit.applications.handwriting import Handwriting, Writing
from rnnkit.applications.mixture_density import MixtureDensity, MixtureLoss
from rnnkit.applications.ntm import NTM, NTMCell
from rnnkit.applications.soft_window import SoftWindow
from rnnkit.applications.windowed_cell import WindowedCell

__all__ = [
    "Handwriting",
    "MixtureDensity",
    "MixtureLoss",
    "NTM",
    "NTMCell",
    "SoftWindow",
    "WindowedCell",
    "Writing",
    "bivariate_mixture",
    "copying_ntm",
]
