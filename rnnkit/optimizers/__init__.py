"""Optimizers of the lectures that Keras lacks."""

from rnnkit.optimizers.rprop import Rprop

__all__ = ["Rprop"]
