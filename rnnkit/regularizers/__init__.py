"""Regularizers of recurrent networks."""

from rnnkit.regularizers.gradient_norm import GradientNormRegularizer

__all__ = ["GradientNormRegularizer"]
