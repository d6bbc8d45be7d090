"""Training, optimizers and regularizers."""

import keras
import numpy as np
from keras import ops
from numpy.testing import assert_allclose

import rnnkit
from rnnkit.optimizers import Rprop
from rnnkit.regularizers._tap import Run
from rnnkit.regularizers.gradient_norm import omega_of
from rnnkit.training import EKFTrainer, RTRLTrainer, TruncatedBPTT
from rnnkit.training.teacher_forcing import TeacherForcedCell
from tests.equations.cases import case
from tests.oracles import dynamics, optimizers, regularizers
from tests.oracles import training as oracle

T = "rnnkit.training"
B, TIME, N, K, J = 2, 4, 3, 5, 2


def a_net(kind):
    """A layer of tanh units in float64, V, R, b, U, c, and what it feeds back."""
    rng = np.random.default_rng(0)
    settings = dict(activation="tanh", output_activation="tanh", return_sequences=True, dtype="float64")
    layer = rnnkit.Elman(K, J, **settings) if kind == "h" else rnnkit.Jordan(K, J, decay=0.6, **settings)
    layer(np.zeros((1, 1, N)))
    w = [rng.normal(size=shape) * 0.5 for shape in ((N, K), (K if kind == "h" else J, K), (K,), (K, J), (J,))]
    names = ("kernel", "recurrent_kernel", "bias", "output_kernel", "output_bias")
    for name, value in zip(names, w, strict=True):
        getattr(layer.cell, name).assign(value)
    order = [names.index(next(n for n in names if getattr(layer.cell, n) is v)) for v in layer.trainable_weights]
    return layer, w, order


@case(f"{T}.rtrl.RTRLTrainer")
def rtrl():
    rng = np.random.default_rng(1)
    x, d = rng.normal(size=(B, TIME, N)), rng.uniform(-1, 1, (B, TIME, J))
    for kind in ("h", "s"):
        layer, w, order = a_net(kind)

        def loss(w, kind=kind):
            return np.mean(
                [(oracle.outputs(row, w, kind, 0.6) - target) ** 2 for row, target in zip(x, d, strict=True)]
            )

        expected = oracle.slopes(loss, w)
        value, found = RTRLTrainer(layer).gradients(x, d)
        assert_allclose(value, loss(w), atol=1e-12)
        for slope, i in zip(found, order, strict=True):
            assert_allclose(slope, expected[i], atol=1e-12)
        RTRLTrainer(layer, optimizer=0.3).fit(x, d)
        for variable, i in zip(layer.trainable_weights, order, strict=True):
            assert_allclose(ops.convert_to_numpy(variable), oracle.descent(w, expected, 0.3)[i], atol=1e-12)


@case(f"{T}.ekf.EKFTrainer")
def kalman():
    rng = np.random.default_rng(2)
    for decoupled in (False, True):
        layer, w, order = a_net("h")
        trainer = EKFTrainer(layer, decoupled, p0=2.0, r=0.5, q=0.01)
        shapes, units = (
            [part.shape for part in w],
            np.concatenate(
                [
                    np.tile(np.arange(K), N),
                    np.tile(np.arange(K), K),
                    np.arange(K),
                    K + np.tile(np.arange(J), K),
                    K + np.arange(J),
                ]
            ),
        )
        groups = [np.flatnonzero(units == unit) for unit in range(K + J)] if decoupled else [np.arange(len(units))]
        Ps, flat = [2.0 * np.eye(len(group)) for group in groups], np.concatenate([part.ravel() for part in w])
        for _ in range(2):
            x, d, start = rng.normal(size=(B, 1, N)), rng.uniform(-1, 1, (B, 1, J)), rng.uniform(-1, 1, (B, K))
            ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
            w = [part.reshape(shape) for part, shape in zip(np.split(flat, ends), shapes, strict=True)]

            def said(w, x=x, start=start):
                return np.concatenate(
                    [oracle.outputs(row, w, "h", start=first)[0] for row, first in zip(x, start, strict=True)]
                )

            H = np.concatenate([slope.reshape(B * J, -1) for slope in oracle.slopes(said, w)], axis=1)
            trainer.fit(x, d, initial_state=start)
            parts, Ps = oracle.kalman_step(
                d.ravel(), said(w), [flat[g] for g in groups], Ps, [H[:, g] for g in groups], 0.5, 0.01
            )
            for group, part in zip(groups, parts, strict=True):
                flat[group] = part
        w = [part.reshape(shape) for part, shape in zip(np.split(flat, ends), shapes, strict=True)]
        for variable, i in zip(layer.trainable_weights, order, strict=True):
            assert_allclose(ops.convert_to_numpy(variable), w[i], atol=1e-9)


@case(f"{T}.teacher_forcing.TeacherForcedCell")
def teacher():
    layer, (V, R, b, U, c), _ = a_net("s")
    rng = np.random.default_rng(3)
    u, targets, coins = rng.normal(size=(TIME, N)), rng.uniform(-1, 1, (TIME, J)), np.array([1.0, 0.0, 1.0, 0.0])

    def step(row, s):
        y = np.tanh(np.tanh(row @ V + s @ R + b) @ U + c)
        return y, 0.6 * s + y

    cell = TeacherForcedCell(layer.cell, dtype="float64")
    cell.build((1, N + J + 1))
    states, found = cell.get_initial_state(batch_size=1), []
    for row in np.concatenate([u, targets, coins[:, None]], axis=1):
        y, states = cell(row[None], states)
        found.append(ops.convert_to_numpy(y)[0])
    assert_allclose(found, oracle.teacher_forced(step, u, targets, coins, np.zeros(J)), atol=1e-10)


@case(f"{T}.truncated_bptt.TruncatedBPTT")
def windows():
    x = np.arange(2 * 17 * 1, dtype=float).reshape(2, 17, 1)
    found = list(TruncatedBPTT(3, 7)._cut(lambda: iter([(x, x)]), 0))
    expected = oracle.windows(17, 3, 7)
    assert len(found) == len(expected)
    for (piece, _, weights), (first, counted) in zip(found, expected, strict=True):
        assert_allclose(piece, x[:, first : first + 7])
        assert_allclose(weights, np.tile(counted, (2, 1)), rtol=1e-6)


@case("rnnkit.optimizers.rprop.Rprop")
def rprop():
    gradients = np.random.default_rng(4).choice([-1.0, 0.0, 2.0, 3.0], (9, 4))
    variable, start = keras.Variable(np.array([1.0, -2.0, 0.5, 3.0])), [1.0, -2.0, 0.5, 3.0]
    optimizer = Rprop(0.1, step_min=0.04, step_max=0.15)
    for gradient in gradients:
        optimizer.apply([ops.convert_to_tensor(gradient, dtype=variable.dtype)], [variable])
    expected = [oracle_rprop(v, gradients[:, i]) for i, v in enumerate(start)]
    assert_allclose(ops.convert_to_numpy(variable), expected, atol=1e-5)


def oracle_rprop(v, gradients):
    return optimizers.rprop(v, gradients, 0.1, 1.2, 0.5, 0.04, 0.15)


@case("rnnkit.regularizers.gradient_norm.GradientNormRegularizer")
def omega():
    rng = np.random.default_rng(5)
    cell = keras.layers.SimpleRNNCell(K, dtype="float64")
    cell.build((None, N))
    W, A, b = (rng.normal(size=shape) * 0.5 for shape in ((N, K), (K, K), (K,)))
    cell.set_weights([W, A, b])
    u, states = rng.normal(size=(B, TIME, N)), np.zeros((B, TIME, K))
    for k in range(TIME):
        states[:, k] = np.tanh(u[:, k] @ W + b + (states[:, k - 1] @ A if k else 0.0))
    v = rng.normal(size=(B, TIME, K))
    run = Run(*(ops.convert_to_tensor(part) for part in (u, np.zeros((B, K)))), [ops.convert_to_tensor(states)], None)
    Js = [dynamics.jacobians(row, A.T) for row in states]
    for form in ("equation 9", "code"):
        found = omega_of(cell, run, [ops.convert_to_tensor(v)], form)
        assert_allclose(float(found), regularizers.omega(v, Js, form), rtol=1e-8)
