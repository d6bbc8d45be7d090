r"""REINFORCE for places drawn from a normal distribution: the gradient of a reward that cannot be differentiated."""

import math
from typing import Any

from keras import ops


def log_density(locations: Any, mean: Any, sigma: float) -> Any:
    r"""The logarithm of an isotropic normal density; its gradient by the mean is $(l - \mu) / \sigma^2$.

    $$\log N(l; \mu, \sigma) = -\frac{1}{2\sigma^2} \sum_d (l_d - \mu_d)^2 - D \log\big(\sigma \sqrt{2\pi}\big)
        \tag{1}$$

    Args:
        locations: l as drawn, not clipped: shape (..., D). No gradient goes into it.
        mean: μ, of the same shape.
        sigma: σ, above 0.

    Returns:
        Shape (...,).

    Source:
        R. J. Williams, Simple Statistical Gradient-Following Algorithms (1992), section 6.

    Example:
        >>> import numpy as np
        >>> round(float(log_density(np.zeros((1, 2)), np.zeros((1, 2)), 1.0)[0]), 4)  # −log 2π
        -1.8379
    """
    mu = ops.convert_to_tensor(mean)
    l = ops.cast(ops.stop_gradient(ops.convert_to_tensor(locations)), mu.dtype)  # noqa: E741
    constant = l.shape[-1] * math.log(sigma * math.sqrt(2.0 * math.pi))
    return -ops.sum(ops.square(l - mu), axis=-1) / (2.0 * sigma**2) - constant  # (1)


def reinforce_losses(log_policy: Any, rewards: Any, baselines: Any) -> tuple[Any, Any]:
    r"""What to minimize, so that rewards rise and baselines predict them.

    For I examples with T choices each, log-probabilities $\log\pi_{it}$, a single reward $R_i$ at the end, and what the
    baseline expected of it at each choice, $b_{it}$:

    $$A_{it} = R_i - b_{it} \tag{1}$$
    $$L_\pi = -\frac{1}{I} \sum_i \sum_t A_{it} \log \pi_{it} \tag{2}$$
    $$L_b = \frac{1}{I} \sum_i \sum_t A_{it}^2 \tag{3}$$

    A is a constant in (2): the baseline is not taught by it, and its own loss (3) does not touch the policy. The mean
    of the gradient of (2) is that of −E[R], whatever the baseline, as long as $b_{it}$ does not depend on choice t.

    Args:
        log_policy: log π, shape (I, T).
        rewards: R, shape (I,).
        baselines: b, shape (I, T).

    Returns:
        The two losses, scalars.

    Source:
        V. Mnih and others, Recurrent Models of Visual Attention (2014), section 3.2, equations (2)-(3); R. J. Williams
        (1992).

    Example:
        >>> import numpy as np
        >>> policy, baseline = reinforce_losses(np.log([[0.5]]), np.ones(1), np.zeros((1, 1)))
        >>> round(float(policy), 3), float(baseline)
        (0.693, 1.0)
    """
    log_pi, b = ops.convert_to_tensor(log_policy), ops.convert_to_tensor(baselines)
    r = ops.cast(ops.stop_gradient(ops.convert_to_tensor(rewards)), b.dtype)
    a = r[:, None] - b  # (1)
    policy_loss = -ops.mean(ops.sum(ops.stop_gradient(a) * log_pi, axis=1))  # (2)
    baseline_loss = ops.mean(ops.sum(ops.square(a), axis=1))  # (3)
    return policy_loss, baseline_loss


def rewards(y: Any, probabilities: Any) -> Any:
    """1 where the likeliest class is the right one, else 0: shape (batch,).

    Args:
        y: classes, shape (batch,) or (batch, 1), or one-hot, shape (batch, classes).
        probabilities: shape (batch, classes).
    """
    classes = probabilities.shape[-1]
    if len(y.shape) == 2 and y.shape[1] == classes and classes > 1:
        y = ops.argmax(y, axis=-1)
    y = ops.cast(ops.reshape(y, (-1,)), "int32")
    right = ops.equal(ops.cast(ops.argmax(probabilities, axis=-1), "int32"), y)
    return ops.cast(right, probabilities.dtype)
