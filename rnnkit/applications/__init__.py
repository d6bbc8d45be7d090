"""The lectures' applications of recurrent networks, as Keras layers and models: one a file."""

from rnnkit.applications.glimpse_sensor import GlimpseSensor
from rnnkit.applications.reinforce import log_density, reinforce_losses
from rnnkit.applications.visual_attention import RecurrentAttention

__all__ = ["GlimpseSensor", "RecurrentAttention", "log_density", "reinforce_losses"]
