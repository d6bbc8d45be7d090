"""The lectures' applications of recurrent networks, as Keras layers and models: one a file."""

from rnnkit.applications.captioning import Caption, ShowAndTell, caption_words
from rnnkit.applications.classification import (
    KnownSteps,
    ReadStates,
    pad_sequences,
    sequence_classifier,
    step_probabilities,
)

__all__ = [
    "Caption",
    "KnownSteps",
    "ReadStates",
    "ShowAndTell",
    "caption_words",
    "pad_sequences",
    "sequence_classifier",
    "step_probabilities",
]
