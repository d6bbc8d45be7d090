"""The lectures' applications of recurrent networks, as Keras layers and models: one a file."""

from rnnkit.applications.copying import copying_ntm
from rnnkit.applications.ntm import NTM, NTMCell

__all__ = ["NTM", "NTMCell", "copying_ntm"]
