"""The lectures' applications of recurrent networks, as Keras layers and models: one a file."""

from rnnkit.applications import bivariate_mixture
from rnnkit.applications.captioning import Caption, ShowAndTell, caption_words
from rnnkit.applications.classification import (
    KnownSteps,
    ReadStates,
    pad_sequences,
    sequence_classifier,
    step_probabilities,
)
from rnnkit.applications.copying import copying_ntm
from rnnkit.applications.glimpse_sensor import GlimpseSensor
from rnnkit.applications.handwriting import Handwriting, Writing
from rnnkit.applications.mixture_density import MixtureDensity, MixtureLoss
from rnnkit.applications.ntm import NTM, NTMCell
from rnnkit.applications.reinforce import log_density, reinforce_losses
from rnnkit.applications.soft_window import SoftWindow
from rnnkit.applications.visual_attention import RecurrentAttention
from rnnkit.applications.windowed_cell import WindowedCell

__all__ = [
    "GlimpseSensor",
    "RecurrentAttention",
    "log_density",
    "reinforce_losses",
    "NTM",
    "Caption",
    "Handwriting",
    "KnownSteps",
    "MixtureDensity",
    "MixtureLoss",
    "NTMCell",
    "ReadStates",
    "ShowAndTell",
    "SoftWindow",
    "WindowedCell",
    "Writing",
    "bivariate_mixture",
    "caption_words",
    "copying_ntm",
    "pad_sequences",
    "sequence_classifier",
    "step_probabilities",
]
