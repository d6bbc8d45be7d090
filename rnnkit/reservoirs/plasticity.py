r"""Intrinsic plasticity: each unit sets its own gain and bias until its activity is distributed as wanted."""

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sparse
from scipy.special import expit

from rnnkit._checks import integer, number, positive_integer, positive_number
from rnnkit.reservoirs.echo_state import EchoStateNetwork


class Plasticity(NamedTuple):
    """A network after intrinsic plasticity.

    Attributes:
        network: an `EchoStateNetwork` that has gain and bias in its weights, without a readout.
        gain, bias: a and c, shape (N,).
    """

    network: EchoStateNetwork
    gain: np.ndarray
    bias: np.ndarray


def intrinsic_plasticity(
    network: EchoStateNetwork,
    inputs: Any,
    fed_back: Any = None,
    *,
    mean: float = 0.0,
    deviation: float = 0.2,
    learning_rate: float = 5e-4,
    epochs: int = 1,
    washout: int = 0,
) -> Plasticity:
    r"""Gains a and biases c of the units, $y = f(a v + c)$, by gradient descent on a Kullback-Leibler divergence.

    v is the sum that a unit hears, y its activity. For tanh, the wanted activity is normal, of mean μ and standard
    deviation σ:

    $$\Delta c = -\eta \Big( -\frac{\mu}{\sigma^2} + \frac{y}{\sigma^2} \big(2 \sigma^2 + 1 - y^2 + \mu y\big) \Big)
      \tag{1}$$

    For the logistic function (`scipy.special.expit`) it is exponential, of mean μ, the most random there is for a mean:

    $$\Delta c = \eta \Big( 1 - \Big(2 + \frac{1}{\mu}\Big) y + \frac{y^2}{\mu} \Big) \tag{2}$$

    For both

    $$\Delta a = \eta / a + v\,\Delta c \tag{3}$$

    after each step, while the network runs. Two numbers a unit cannot make every distribution: what is reached depends
    on that of v. Of a leaky unit y is the activity that its state takes up, before it is averaged. A gain multiplies
    what a unit hears of the others, so that the spectral radius changes: look at it.

    Args:
        network: with tanh or the logistic function.
        inputs, fed_back: as in `EchoStateNetwork.states`.
        mean: μ; for tanh between −1 and 1, for the logistic function between 0 and 1.
        deviation: σ, for tanh alone.
        learning_rate: η.
        epochs: how often the inputs are gone through, each time from a network at rest.
        washout: in so many first steps nothing is learnt.

    Returns:
        The network with its new weights, gains and biases. The one given stays as it was.

    Raises:
        ValueError: another activation, numbers out of their range, other shapes.

    Source:
        J. Triesch, A gradient rule for the plasticity of a neuron's intrinsic excitability (2005), for (2); B.
        Schrauwen, M. Wardermann, D. Verstraeten, J. J. Steil, D. Stroobandt, Improving reservoirs using intrinsic
        plasticity (2008), for (1).

    Example:
        >>> u = np.random.default_rng(0).uniform(-1, 1, (2000, 1))
        >>> network = EchoStateNetwork.random(20, 1, seed=1)
        >>> tuned = intrinsic_plasticity(network, u, deviation=0.2, learning_rate=2e-3, epochs=3).network
        >>> round(float(tuned.states(u).std()), 1)
        0.2
    """
    normal, f = _is_normal(network), network.activation
    least = -1.0 if normal else 0.0
    mu, sigma = number("mean", mean, above=least, below=1.0), positive_number("deviation", deviation)
    eta, epochs = positive_number("learning_rate", learning_rate), positive_integer("epochs", epochs)
    drive = network.drive(inputs, fed_back)
    integer("washout", washout, 0)
    a, c, W, alpha = np.ones(network.units), np.zeros(network.units), network.recurrent_kernel, network.leak
    for _ in range(epochs):
        x = np.zeros(network.units)
        for k, heard in enumerate(drive):
            v = heard + x @ W
            y = f(a * v + c)
            x = (1 - alpha) * x + alpha * y
            if k >= washout:
                change = eta * (normal_rule(y, mu, sigma) if normal else exponential_rule(y, mu))
                a, c = a + (eta / a + v * change), c + change  # (3)
    B = network.feedback_kernel
    W = sparse.csc_array(W @ sparse.diags_array(a)) if sparse.issparse(W) else W * a
    feedback = None if B is None else B * a
    tuned = EchoStateNetwork(network.kernel * a, W, network.bias * a + c, feedback, alpha, f)
    return Plasticity(tuned, a, c)


def normal_rule(y: np.ndarray, mu: float, sigma: float) -> np.ndarray:
    """Δc / η for tanh."""
    square = sigma**2
    return -(-mu / square + y / square * (2 * square + 1 - y**2 + mu * y))  # (1)


def exponential_rule(y: np.ndarray, mu: float) -> np.ndarray:
    """Δc / η for the logistic function."""
    return 1 - (2 + 1 / mu) * y + y**2 / mu  # (2)


def _is_normal(network: EchoStateNetwork) -> bool:
    if network.activation is np.tanh:
        return True
    if network.activation is expit:
        return False
    name = getattr(network.activation, "__name__", repr(network.activation))
    raise ValueError(
        f"network: expected the activation numpy.tanh or scipy.special.expit, received {name}. For others the rules "
        "are not known."
    )
