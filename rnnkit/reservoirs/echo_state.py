r"""The echo state network in NumPy and SciPy: a fixed random reservoir, and a readout solved for."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import scipy.sparse as sparse

from rnnkit._checks import fraction
from rnnkit._cores import cores
from rnnkit._estimator import Estimator, not_fitted, r_squared
from rnnkit.reservoirs.matrices import random_matrix, with_spectral_radius
from rnnkit.reservoirs.online import RecursiveLeastSquares
from rnnkit.reservoirs.readout import ridge

# A sparse product has a cost of its own, which is more than a small dense one's.
_ALWAYS_DENSE = 256
# After a product, BLAS's threads wait busily for another for a while, beside the loop; few inputs go without it.
_WITHOUT_BLAS = 32
# A sparse product takes a core's whole share of the memory's bandwidth; handing a part to a thread takes some 100 µs.
_WEIGHTS_A_THREAD = 500_000


class EchoStateNetwork(Estimator):
    r"""A reservoir of leaky units with fixed weights, and a linear readout that is solved for, not trained.

    For M inputs u, N units x and J outputs y, all of them rows:

    $$x(k) = (1 - \alpha)\,x(k-1) + \alpha f\big(u(k)\,V + x(k-1)\,W + y(k-1)\,B + b\big) \tag{1}$$
    $$y(k) = x(k)\,\Omega + \omega_0 \tag{2}$$

    The same equations as the Keras layer `rnnkit.EchoState`, which has the trainable readout. Where there is a
    feedback B, y(k−1) is the target while the readout is fitted, and the network's own output when it runs freely.
    scikit-learn's clone, Pipeline and GridSearchCV take it with the weights it is given; `EchoStateRegressor` draws
    them, so that a search is over units, scales and spectral radius.

    Args:
        kernel: V, shape (M, N).
        recurrent_kernel: W, shape (N, N), an array or a scipy.sparse matrix.
        bias: b, shape (N,). None for none.
        feedback_kernel: B, shape (J, N). None for none.
        leak: α, above 0, at most 1.
        activation: f, a function of an array. tanh by default.

    Attributes:
        output_kernel, output_bias: Ω, shape (N, J), and ω₀, shape (J,); None before `fit`.

    Raises:
        ValueError: shapes that do not belong together, a leak outside (0, 1].

    Source:
        H. Jaeger, The "echo state" approach (2001); N. Mohajerin, ME 780 lecture 5 (2017), reservoir computing.

    Example:
        >>> u = np.random.default_rng(0).uniform(-1, 1, (600, 1))
        >>> network = EchoStateNetwork.random(60, 1, input_scale=0.1, seed=1).fit(u, np.roll(u, 3, axis=0), washout=50)
        >>> error = network.predict(u)[100:] - u[97:-3]
        >>> bool(np.abs(error).max() < 0.1)
        True
    """

    units: int
    leak: float
    activation: Callable[..., Any]
    kernel: np.ndarray
    recurrent_kernel: Any
    bias: np.ndarray
    feedback_kernel: np.ndarray | None
    output_kernel: np.ndarray | None
    output_bias: np.ndarray | None
    _from_state: list[Any]

    def __init__(
        self,
        kernel: Any,
        recurrent_kernel: Any,
        bias: Any = None,
        feedback_kernel: Any = None,
        leak: float = 1.0,
        activation: Callable[..., Any] = np.tanh,
    ) -> None:
        self._given = {
            "kernel": kernel,
            "recurrent_kernel": recurrent_kernel,
            "bias": bias,
            "feedback_kernel": feedback_kernel,
            "leak": leak,
            "activation": activation,
        }
        self.leak, self.activation = fraction("leak", leak, zero=False), activation
        self.recurrent_kernel = recurrent_kernel if sparse.issparse(recurrent_kernel) else np.asarray(recurrent_kernel)
        n = self.recurrent_kernel.shape[0]
        self.kernel = np.asarray(kernel, dtype=float)
        self.units = n
        self.bias = np.zeros(n) if bias is None else np.asarray(bias, dtype=float)
        self.feedback_kernel = None if feedback_kernel is None else np.asarray(feedback_kernel, dtype=float)
        self.output_kernel = self.output_bias = None
        expected = {"recurrent_kernel": (n, n), "kernel": (len(self.kernel), n), "bias": (n,)}
        if self.feedback_kernel is not None:
            expected["feedback_kernel"] = (len(self.feedback_kernel), n)
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name}: expected shape {shape}, received {getattr(self, name).shape}.")
        dense = n <= _ALWAYS_DENSE and sparse.issparse(recurrent_kernel)
        transposed = (recurrent_kernel.toarray() if dense else self.recurrent_kernel).T
        self._from_state = _parts(transposed) if sparse.issparse(transposed) else [transposed.copy()]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's arguments as they were given; `deep` is there for scikit-learn and changes nothing."""
        return dict(self._given)

    def __repr__(self) -> str:
        outputs = "" if self.feedback_kernel is None else f", outputs={len(self.feedback_kernel)}"
        f = getattr(self.activation, "__name__", self.activation)
        features = len(self.kernel)
        return f"EchoStateNetwork(units={self.units}, features={features}{outputs}, leak={self.leak}, activation={f})"

    def __sklearn_is_fitted__(self) -> bool:
        return self.output_kernel is not None

    @classmethod
    def random(
        cls,
        units: int,
        features: int,
        outputs: int | None = None,
        *,
        leak: float = 1.0,
        spectral_radius: float = 0.95,
        connections: int | None = None,
        input_scale: float = 1.0,
        bias_scale: float = 0.0,
        feedback_scale: float = 1.0,
        seed: Any = None,
    ) -> "EchoStateNetwork":
        """A network with random weights: W as in `with_spectral_radius`, V, b and B uniform.

        Args:
            units, features: N and M.
            outputs: J, for a network with feedback; None for one without.
            leak: α.
            spectral_radius: of the state Jacobian at rest, which α has a part in.
            connections: how many units each unit hears; None for all.
            input_scale, bias_scale, feedback_scale: V, b and B are uniform from minus this to this.
            seed: an integer, or a NumPy generator.
        """
        rng = np.random.default_rng(seed)
        recurrent = with_spectral_radius(random_matrix(units, connections, rng), spectral_radius, leak)
        kernel = rng.uniform(-input_scale, input_scale, (features, units))
        bias = rng.uniform(-bias_scale, bias_scale, units)
        feedback = None if outputs is None else rng.uniform(-feedback_scale, feedback_scale, (outputs, units))
        return cls(kernel, recurrent, bias, feedback, leak)

    def states(self, inputs: Any, fed_back: Any = None, initial_state: Any = None) -> np.ndarray:
        """The states x(1) ... x(T), (1).

        Args:
            inputs: u(1) ... u(T), shape (T, M).
            fed_back: y(0) ... y(T−1), shape (T, J), for a network with feedback: what is fed back at each step.
            initial_state: x(0), shape (N,). Zeros by default.

        Returns:
            Shape (T, N).

        Raises:
            ValueError: other shapes, or fed_back given or missing against the network's kind.
        """
        total = self.drive(inputs, fed_back)
        x = self._start(initial_state)
        with _product_of(self._from_state) as heard:
            for k, drive in enumerate(total):
                total[k] = x = self._next(x, drive, heard(x))
        return total

    def drive(self, inputs: Any, fed_back: Any = None) -> np.ndarray:
        """What the units hear from outside at each step, u V + y B + b, shape (T, N); arguments as in `states`."""
        total = _product(self._rows("inputs", inputs, len(self.kernel)), self.kernel) + self.bias
        if (fed_back is None) != (self.feedback_kernel is None):
            needs = "none, as the network has no feedback_kernel" if self.feedback_kernel is None else "shape (T, J)"
            raise ValueError(f"fed_back: expected {needs}, received {'None' if fed_back is None else 'values'}.")
        if self.feedback_kernel is not None:
            y = self._rows("fed_back", fed_back, len(self.feedback_kernel), len(total))
            total += _product(y, self.feedback_kernel)
        return total

    def fit(self, inputs: Any, targets: Any, *, penalty: float = 1e-8, washout: int = 100) -> "EchoStateNetwork":
        """Solve for the readout (2) that has the least squared error, by `ridge`.

        Args:
            inputs: u, shape (T, M), or (batch, T, M) for several sequences.
            targets: y, shape (T, J), or (batch, T, J). Where there is a feedback, they are fed back.
            penalty: β of `ridge`. 0 for least squares.
            washout: so many first steps of each sequence do not count, until the initial state is forgotten.

        Returns:
            The network itself.

        Raises:
            ValueError: other shapes, a penalty below 0, a washout of as many steps as there are.
        """
        inputs, y = np.asarray(inputs, dtype=float), np.asarray(targets, dtype=float)
        if inputs.ndim not in (2, 3) or y.shape[:-1] != inputs.shape[:-1]:
            wanted = (*inputs.shape[:-1], "J")
            raise ValueError(f"targets: expected shape {wanted} for inputs {inputs.shape}, received {y.shape}.")
        if not 0 <= washout < inputs.shape[-2]:
            raise ValueError(f"washout: expected 0 to {inputs.shape[-2] - 1} of {inputs.shape[-2]} steps: {washout}.")
        u, y = (inputs[None], y[None]) if inputs.ndim == 2 else (inputs, y)
        seen = [self.states(a, self._before(b))[washout:] for a, b in zip(u, y, strict=True)]
        self.output_kernel, self.output_bias = ridge(np.concatenate(seen), np.concatenate(y[:, washout:]), penalty)
        return self

    def fit_online(
        self,
        inputs: Any,
        targets: Any,
        *,
        penalty: float = 1e-8,
        forgetting: float = 1.0,
        washout: int = 100,
        force: bool = False,
        initial_state: Any = None,
    ) -> np.ndarray:
        """Learn the readout (2) step by step, by `RecursiveLeastSquares`, from a network at rest.

        Without `force` it ends at the readout of `fit`. With it the network hears its own outputs in place of the
        targets, right or wrong, while the readout forces them to be right (FORCE): it learns in the loop in which it
        is to run, and on the errors that it makes there.

        Args:
            inputs: u, shape (T, M).
            targets: y, shape (T, J).
            penalty, forgetting: β and λ of `RecursiveLeastSquares`. FORCE wants a β of about 1.
            washout: in so many first steps nothing is learnt; the targets are fed back.
            force: whether the network's own outputs are fed back; for a network with feedback.
            initial_state: x(0), as in `states`.

        Returns:
            The errors before each step of learning, target less output, shape (T − washout, J).

        Raises:
            ValueError: as in `fit`; `force` without a feedback_kernel.

        Source:
            D. Sussillo, L. F. Abbott, Generating coherent patterns of activity from chaotic neural networks (2009).
        """
        u = self._rows("inputs", inputs, len(self.kernel))
        y = np.asarray(targets, dtype=float)
        if y.ndim != 2 or len(y) != len(u):
            raise ValueError(f"targets: expected shape ({len(u)}, J), received {y.shape}.")
        if not 0 <= washout < len(u):
            raise ValueError(f"washout: expected 0 to {len(u) - 1} of {len(u)} steps: {washout}.")
        if force and self.feedback_kernel is None:
            raise ValueError("force: expected a network with a feedback_kernel, received one without.")
        learner = RecursiveLeastSquares(self.units, y.shape[1], penalty, forgetting)
        B, total = self.feedback_kernel, _product(u, self.kernel) + self.bias
        x, said, errors = self._start(initial_state), np.zeros(y.shape[1]), np.zeros_like(y[washout:])
        with _product_of(self._from_state) as heard:
            for k, drive in enumerate(total):
                x = self._next(x, drive, heard(x), 0.0 if B is None else said @ B)
                if k >= washout:
                    errors[k - washout] = e = learner.update(x, y[k])
                said = y[k] - e if force and k >= washout else y[k]
        self.output_kernel, self.output_bias = learner.kernel, learner.bias
        return errors

    def predict(self, inputs: Any, fed_back: Any = None, initial_state: Any = None) -> np.ndarray:
        """The outputs (2) over a sequence, shape (T, J); arguments as in `states`."""
        return self.readout(self.states(inputs, fed_back, initial_state))

    def readout(self, states: Any) -> np.ndarray:
        """The outputs (2) of states, shape (..., N) to (..., J).

        Raises:
            ValueError: the network has no readout yet.
        """
        if self.output_kernel is None:
            raise not_fitted("readout: the network has none yet. Call fit first.")
        return states @ self.output_kernel + self.output_bias  # (2)

    def score(self, inputs: Any, targets: Any, *, washout: int = 0) -> float:
        """R² of the outputs, from a network at rest; of several, their mean. A feedback hears the targets before.

        Args:
            inputs, targets: as in `fit`, of one sequence.
            washout: so many first steps do not count.

        Returns:
            1 for a perfect network, 0 for one that says the mean.
        """
        y = np.asarray(targets, dtype=float)
        return r_squared(y[washout:], self.predict(inputs, self._before(y))[washout:])

    def free_run(self, inputs: Any, state: Any, output: Any = None) -> np.ndarray:
        """The outputs when the network's own output is fed back at each step.

        Args:
            inputs: u of the steps to come, shape (T, M).
            state: x at the last step before them, shape (N,); several runs at once with (runs, N).
            output: y at that step, shape (J,) or (runs, J). By default the readout of the state.

        Returns:
            Shape (T, J), or (runs, T, J).

        Raises:
            ValueError: a network without feedback, or without readout.
        """
        if self.feedback_kernel is None:
            raise ValueError("free_run: expected a network with a feedback_kernel. Without feedback, call predict.")
        x = np.asarray(state, dtype=float)
        y = self.readout(x) if output is None else np.asarray(output, dtype=float)
        total = self._rows("inputs", inputs, len(self.kernel)) @ self.kernel + self.bias
        outputs = []
        with _product_of(self._from_state) as heard:
            for now in total:
                x = self._next(x, now, heard(x.T).T, y @ self.feedback_kernel)
                y = self.readout(x)
                outputs.append(y)
        return np.stack(outputs, axis=-2)

    def _next(self, x: np.ndarray, uVb: np.ndarray, xW: np.ndarray, yB: Any = 0.0) -> np.ndarray:
        """x(k). uVb is u V + b, to which `states` has added y B, as the steps' products are fastest all at once."""
        alpha, f = self.leak, self.activation
        return (1 - alpha) * x + alpha * f(uVb + xW + yB)  # (1)

    def _before(self, targets: np.ndarray) -> np.ndarray | None:
        return None if self.feedback_kernel is None else np.concatenate([0 * targets[:1], targets[:-1]])

    def _start(self, initial_state: Any) -> np.ndarray:
        state = np.zeros(self.units) if initial_state is None else np.asarray(initial_state, dtype=float)
        if state.shape != (self.units,):
            raise ValueError(f"initial_state: expected shape ({self.units},), received {state.shape}.")
        return state

    @staticmethod
    def _rows(name: str, values: Any, columns: int, rows: int | None = None) -> np.ndarray:
        array = np.asarray(values, dtype=float)
        if array.shape != (rows or len(array), columns):
            raise ValueError(f"{name}: expected shape ({rows or 'T'}, {columns}), received {array.shape}.")
        return array


def _product(rows: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return np.einsum("tm,mn->tn", rows, kernel) if len(kernel) <= _WITHOUT_BLAS else rows @ kernel


def _parts(matrix: Any) -> list[Any]:
    """In compressed rows, with the smallest indices that SciPy knows; a large one in a part for each core."""
    rows = sparse.csr_array(matrix)
    if rows.nnz < 2**31:
        rows.indices, rows.indptr = rows.indices.astype("int32"), rows.indptr.astype("int32")
    parts = max(1, min(cores(), rows.nnz // _WEIGHTS_A_THREAD))
    ends = np.linspace(0, rows.shape[0], parts + 1).astype(int)
    return [rows[a:b] for a, b in zip(ends[:-1], ends[1:], strict=True)] if parts > 1 else [rows]


@contextmanager
def _product_of(parts: list[Any]) -> Iterator[Callable[[np.ndarray], np.ndarray]]:
    """Of a matrix in parts, one above the other, with x, shape (N,) or (N, runs): each part in a thread of its own."""
    if len(parts) == 1:
        yield parts[0].__matmul__
        return
    # The threads live as long as the loop: a pool that is kept would be missing in a process that forks.
    with ThreadPoolExecutor(len(parts) - 1) as pool:

        def product(x: np.ndarray) -> np.ndarray:
            others = [pool.submit(part.__matmul__, x) for part in parts[1:]]
            return np.concatenate([parts[0] @ x, *(other.result() for other in others)])

        yield product
