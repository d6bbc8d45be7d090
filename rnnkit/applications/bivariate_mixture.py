r"""The density of a pen's next point: a mixture of correlated normals in the plane, and a coin for lifting the pen.

From $\hat y = (\hat e, \hat\pi^j, \hat\mu_1^j, \hat\mu_2^j, \hat\sigma_1^j, \hat\sigma_2^j, \hat\rho^j)$, the 1 + 6 M
unbounded numbers that a net gives for M components, with a bias b that makes the writing neater (0 is the density
itself):

$$e = \frac{1}{1 + \exp(-\hat e)} \tag{1}$$
$$\pi^j = \frac{\exp((1 + b)\, \hat\pi^j)}{\sum_k \exp((1 + b)\, \hat\pi^k)} \tag{2}$$
$$\mu_1^j = \hat\mu_1^j, \quad \mu_2^j = \hat\mu_2^j \tag{3}$$
$$\sigma_1^j = \exp(\hat\sigma_1^j - b), \quad \sigma_2^j = \exp(\hat\sigma_2^j - b) \tag{4}$$
$$\rho^j = \tanh \hat\rho^j \tag{5}$$

The density of a point $x = (x_1, x_2, x_3)$, of which $x_3$ is 1 where the pen is lifted after it and 0 elsewhere:

$$u^j = \frac{x_1 - \mu_1^j}{\sigma_1^j}, \quad v^j = \frac{x_2 - \mu_2^j}{\sigma_2^j} \tag{6}$$
$$D^j = \frac{(u^j - \rho^j v^j)^2}{1 - (\rho^j)^2} + (v^j)^2 \tag{7}$$
$$\log N^j = -\log 2\pi - \log \sigma_1^j - \log \sigma_2^j - \tfrac12 \log(1 - (\rho^j)^2) - \tfrac12 D^j \tag{8}$$
$$\log \Pr(x_1, x_2) = \log \sum_j \exp(\log \pi^j + \log N^j) \tag{9}$$
$$\log \Pr(x) = \log \Pr(x_1, x_2) + x_3 \log e + (1 - x_3) \log(1 - e) \tag{10}$$

The slopes of the loss $L = -\log \Pr(x)$ at b = 0, by the responsibilities γ of the components:

$$\gamma^j = \frac{\pi^j N^j}{\sum_k \pi^k N^k} \tag{11}$$
$$\frac{\partial L}{\partial \hat e} = e - x_3 \tag{12}$$
$$\frac{\partial L}{\partial \hat\pi^j} = \pi^j - \gamma^j \tag{13}$$
$$\frac{\partial L}{\partial \hat\mu_1^j} = -\gamma^j \frac{u^j - \rho^j v^j}{\sigma_1^j (1 - (\rho^j)^2)} \tag{14}$$
$$\frac{\partial L}{\partial \hat\mu_2^j} = -\gamma^j \frac{v^j - \rho^j u^j}{\sigma_2^j (1 - (\rho^j)^2)} \tag{15}$$
$$\frac{\partial L}{\partial \hat\sigma_1^j} =
    -\gamma^j \left(\frac{u^j (u^j - \rho^j v^j)}{1 - (\rho^j)^2} - 1\right) \tag{16}$$
$$\frac{\partial L}{\partial \hat\sigma_2^j} =
    -\gamma^j \left(\frac{v^j (v^j - \rho^j u^j)}{1 - (\rho^j)^2} - 1\right) \tag{17}$$
$$\frac{\partial L}{\partial \hat\rho^j} = -\gamma^j \left(u^j v^j + \rho^j (1 - D^j)\right) \tag{18}$$

Products of small densities underflow and 1 − ρ² is rounded to 0 long before ρ̂ is large, so everything is computed by
logarithms, and $1 - \rho^2$ from ρ̂ as $1 / \cosh^2 \hat\rho$.

Source:
    A. Graves, Generating Sequences With Recurrent Neural Networks (2013), arXiv 1308.0850, section 4.1, and 5.4 for the
    bias. D is the paper's Z / (1 − ρ²). Its e is written with a plus sign in (1), so that ê and its slope (12) have the
    other sign there.
"""

import math
from typing import Any, NamedTuple

import keras
from keras import ops


class Mixture(NamedTuple):
    """A density in the paper's letters: e of shape (...), pi and rho (..., M), mu and sigma (..., 2, M)."""

    e: Any
    pi: Any
    mu: Any
    sigma: Any
    rho: Any


def mixture(y_hat: Any, bias: Any = 0.0) -> Mixture:
    """The density that ŷ stands for.

    Args:
        y_hat: shape (..., 6 M + 1), in the order of the letters above.
        bias: b; what is above 0 draws the components together and prefers the likely ones.

    Raises:
        ValueError: a last axis that is not 6 M + 1.

    Example:
        >>> import numpy as np
        >>> density = mixture(np.zeros((5, 13), "float32"), bias=1.0)
        >>> tuple(density.pi.shape), float(density.e[0]), round(float(density.sigma[0, 0, 0]), 4)
        ((5, 2), 0.5, 0.3679)
    """
    e_hat, pi_hat, mu_hat, sigma_hat, rho_hat = _hats(y_hat)
    e = ops.sigmoid(e_hat)  # (1)
    pi = ops.exp(_log_shares((1 + bias) * pi_hat))  # (2)
    mu = mu_hat  # (3)
    sigma = ops.exp(sigma_hat - bias)  # (4)
    rho = ops.tanh(rho_hat)  # (5)
    return Mixture(e, pi, mu, sigma, rho)


def log_prob(y_hat: Any, points: Any, bias: Any = 0.0) -> Any:
    """The log-density of points, in nats.

    A change of units of both offsets by a factor s moves it by −2 log s: a loss below 0 is no error, and only losses in
    the same units can be compared.

    Args:
        y_hat: shape (..., 6 M + 1).
        points: shape (..., 3).
        bias: b.

    Returns:
        Shape (...).

    Raises:
        ValueError: a last axis that is not 6 M + 1, or not 3.

    Example:
        >>> import numpy as np
        >>> value = log_prob(np.zeros((1, 7), "float32"), np.zeros((1, 3), "float32"))  # -log 2π - log 2
        >>> round(float(value[0]), 4)
        -2.531
    """
    e_hat, pi_hat, _, sigma_hat, rho_hat = _hats(y_hat)
    x = _points(points, y_hat)
    log_pi = _log_shares((1 + bias) * pi_hat)
    log_n, _ = _log_normals(mixture(y_hat, bias), x, sigma_hat - bias, rho_hat)
    log_plane = ops.logsumexp(log_pi + log_n, axis=-1)  # (9)
    log_e, log_not_e = ops.log_sigmoid(e_hat), ops.log_sigmoid(-e_hat)
    return log_plane + x[..., 2] * log_e + (1 - x[..., 2]) * log_not_e  # (10)


def gradient(y_hat: Any, points: Any) -> Any:
    """The slopes of −log Pr(x) by ŷ, by the responsibilities; what automatic differentiation gives too.

    Args:
        y_hat: shape (..., 6 M + 1).
        points: shape (..., 3).

    Returns:
        The shape of ŷ.

    Example:
        >>> import numpy as np
        >>> slopes = gradient(np.zeros((1, 7), "float32"), np.array([[0.5, 2.0, 1.0]], "float32"))
        >>> np.array(slopes)[0].tolist()
        [-0.5, 0.0, -0.5, -2.0, 0.75, -3.0, -1.0]
    """
    _, pi_hat, _, sigma_hat, rho_hat = _hats(y_hat)
    x = _points(points, y_hat)
    e, pi, _, sigma, rho = density = mixture(y_hat)
    log_n, (u, v, c, d) = _log_normals(density, x, sigma_hat, rho_hat)
    gamma = ops.exp(_log_shares(_log_shares(pi_hat) + log_n))  # (11)
    by_e = e - x[..., 2]  # (12)
    by_pi = pi - gamma  # (13)
    by_mu_1 = -gamma * c * (u - rho * v) / sigma[..., 0, :]  # (14)
    by_mu_2 = -gamma * c * (v - rho * u) / sigma[..., 1, :]  # (15)
    by_sigma_1 = -gamma * (c * u * (u - rho * v) - 1)  # (16)
    by_sigma_2 = -gamma * (c * v * (v - rho * u) - 1)  # (17)
    by_rho = -gamma * (u * v + rho * (1 - d))  # (18)
    by_plane = [by_pi, by_mu_1, by_mu_2, by_sigma_1, by_sigma_2, by_rho]
    return ops.concatenate([by_e[..., None], *by_plane], axis=-1)


def sample(y_hat: Any, bias: Any = 0.0, seed: Any = None) -> Any:
    """Draw a point from each density.

    Args:
        y_hat: shape (..., 6 M + 1).
        bias: b; the coin for lifting the pen has none.
        seed: an integer, or a `keras.random.SeedGenerator` to go on with.

    Returns:
        Shape (..., 3).

    Example:
        >>> import numpy as np
        >>> tuple(sample(np.zeros((4, 5, 13), "float32"), seed=0).shape)
        (4, 5, 3)
    """
    if not isinstance(seed, keras.random.SeedGenerator):
        seed = keras.random.SeedGenerator(seed)
    e, _, mu, sigma, rho = mixture(y_hat, bias)
    pi_hat = (1 + bias) * _hats(y_hat)[1]
    components, dtype = pi_hat.shape[-1], pi_hat.dtype
    drawn = keras.random.categorical(ops.reshape(pi_hat, (-1, components)), 1, seed=seed)
    chosen = ops.reshape(ops.one_hot(drawn[:, 0], components, dtype=dtype), ops.shape(pi_hat))
    mu, sigma = (ops.sum(ops.expand_dims(chosen, -2) * values, axis=-1) for values in (mu, sigma))
    rho = ops.sum(chosen * rho, axis=-1)
    first, second = (keras.random.normal(ops.shape(rho), dtype=dtype, seed=seed) for _ in range(2))
    x_1 = mu[..., 0] + sigma[..., 0] * first
    x_2 = mu[..., 1] + sigma[..., 1] * (rho * first + ops.sqrt(1 - ops.square(rho)) * second)
    lifted = ops.cast(keras.random.uniform(ops.shape(e), dtype=dtype, seed=seed) < e, dtype)
    return ops.stack([x_1, x_2, lifted], axis=-1)


def _hats(y_hat: Any) -> tuple[Any, Any, Any, Any, Any]:
    """ŷ taken apart, in single precision at least: ê (...), π̂ (..., M), μ̂ and σ̂ (..., 2, M), ρ̂ (..., M)."""
    y_hat = ops.convert_to_tensor(y_hat)
    size = y_hat.shape[-1] if len(y_hat.shape) else 0
    if not size or size < 7 or size % 6 != 1:
        raise ValueError(f"y_hat: expected a last axis of 6 M + 1 numbers for M components, received {size}.")
    if keras.backend.standardize_dtype(y_hat.dtype) != "float64":
        y_hat = ops.cast(y_hat, "float32")
    m = (size - 1) // 6
    e, pi, mu, sigma, rho = ops.split(y_hat, [1, 1 + m, 1 + 3 * m, 1 + 5 * m], axis=-1)
    mu, sigma = (ops.stack(ops.split(pair, 2, axis=-1), axis=-2) for pair in (mu, sigma))
    return e[..., 0], pi, mu, sigma, rho


def _points(points: Any, y_hat: Any) -> Any:
    points = ops.convert_to_tensor(points)
    if not len(points.shape) or points.shape[-1] != 3:
        raise ValueError(
            f"points: expected shape (..., 3), x, y and whether the pen is lifted, received {points.shape}."
        )
    double = keras.backend.standardize_dtype(ops.convert_to_tensor(y_hat).dtype) == "float64"
    return ops.cast(points, "float64" if double else "float32")


def _log_normals(density: Mixture, x: Any, log_sigma: Any, rho_hat: Any) -> tuple[Any, tuple[Any, Any, Any, Any]]:
    """log N, and u, v, 1 / (1 − ρ²) and D, each (..., M)."""
    u_v = (x[..., :2, None] - density.mu) / density.sigma  # (6)
    u, v = u_v[..., 0, :], u_v[..., 1, :]
    cosh = ops.cosh(rho_hat)
    d = ops.square((u - density.rho * v) * cosh) + ops.square(v)  # (7)
    log_root = _log_cosh(rho_hat)
    log_n = -math.log(2 * math.pi) - ops.sum(log_sigma, axis=-2) + log_root - d / 2  # (8)
    return log_n, (u, v, ops.square(cosh), d)


def _log_shares(x: Any) -> Any:
    """The logarithm of the softmax; of one component too, which Keras warns of."""
    return x - ops.logsumexp(x, axis=-1, keepdims=True)


def _log_cosh(x: Any) -> Any:
    """log cosh, which cosh itself overflows for."""
    size = ops.absolute(x)
    return size + ops.softplus(-2 * size) - math.log(2)
