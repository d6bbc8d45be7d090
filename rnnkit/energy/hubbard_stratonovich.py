r"""A Boltzmann machine as a restricted one, exactly."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from rnnkit._checks import number
from rnnkit.energy.boltzmann import BoltzmannMachine
from rnnkit.energy.rbm import RBM


def hubbard_stratonovich(machine: BoltzmannMachine, shift: float | None = None) -> RBM:
    r"""The RBM with continuous hidden units whose visible units have the distribution of a Boltzmann machine's units.

    A Gaussian integral turns a square in an exponent into a linear term, under a new variable for each square:

    $$e^{\frac12 y^2} = \int \frac{dh}{\sqrt{2\pi}}\; e^{-\frac12 h^2 + h y} \tag{1}$$

    With the eigenvalues λ and eigenvectors U of J, and a shift s that makes all of them at least 0,

    $$\tfrac12 x^\top (J + s I)\, x = \tfrac12 \sum_j \Big( \sqrt{\lambda_j + s}\; U_j^\top x \Big)^2, \qquad
      W_j = \sqrt{\lambda_j + s}\; U_j^\top \tag{2}$$

    and (1) for each j gives a hidden unit with the weights $W_j$. What the shift adds, ½ s Σ xᵢ², is a constant for
    spins; for booleans, where xᵢ² = xᵢ, the visible biases take it back:

    $$a = b \;\text{ (spins)}, \qquad a = b - \tfrac12 s \;\text{ (booleans)} \tag{3}$$

    Rows of W that are 0 are left out: a J made by Hebb's rule of M patterns needs M hidden units, one a pattern.

    Args:
        machine: with n units, all visible.
        shift: s, at least the most negative eigenvalue's modulus, which is the default.

    Returns:
        An RBM with n visible units of the machine's kind and at most n − 1 continuous hidden ones (at most n for a
        larger shift; one, with weights 0, for a machine without couplings).

    Raises:
        ValueError: a machine with hidden units; a shift that is too small.

    Source:
        M. Smart, Introduction to Recurrent Neural Nets (2020): "possible to exactly transform BM to RBM using a
        Hubbard-Stratonovich transformation". For Hopfield's J: A. Barra and others (2012).

    Example:
        >>> machine = BoltzmannMachine.from_parameters([[0, 1, -2], [1, 0, 0.5], [-2, 0.5, 0]], [0.1, 0.2, -0.3])
        >>> rbm, x = hubbard_stratonovich(machine), [[1, -1, -1], [1, 1, 1]]
        >>> bool(np.allclose(rbm.score_samples(x), machine.score_samples(x), rtol=0, atol=1e-12))
        True
    """
    check_is_fitted(machine, "couplings_")
    if machine.n_hidden:
        raise ValueError(f"machine: expected one without hidden units, received one with {machine.n_hidden}.")
    eigenvalues, U = np.linalg.eigh(machine.couplings_)
    least = max(0.0, -float(eigenvalues[0]))
    s = least if shift is None else number("shift", shift)
    rounding = 1e-14 * float(np.abs(eigenvalues).max())
    if s < least - rounding:
        raise ValueError(
            f"shift: expected at least {least:.6g}, so that J + s·I has no negative eigenvalue, received {s:g}."
        )
    strengths = eigenvalues + s
    kept = strengths > rounding
    kept[-1] = True
    W = np.sqrt(np.clip(strengths[kept], 0.0, None))[:, None] * U[:, kept].T  # (2)
    a = machine.intercept_ - (0.5 * s if machine.kind == "boolean" else 0.0)  # (3)
    return RBM.from_parameters(W, a, np.zeros(len(W)), visible=machine.kind, hidden="continuous")
