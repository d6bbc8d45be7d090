"""The parts of unit 10's experiment."""

import numpy as np
import pytest

from rnnkit.course.experiments import identification as lab


def test_a_forced_net_sees_the_targets_in_training_by_its_probability():
    """The first loss, against the NARX net in plain NumPy: (5) where targets are fed back, (6) where outputs are."""
    model = lab.forced_narx(units=3, seed=1)
    layer = model.get_layer("forced").cell.inner_cell
    start, (v, omega) = model.get_weights(), (np.asarray(part) for part in (layer.v, layer.omega))
    u, y = (part.reshape(-1, 25) for part in lab.plant_data(0))
    for probability in (1.0, 0.0):
        model.set_weights(start)
        [loss] = lab.train_forced(model, probability, updates=1)
        seen, said = np.zeros((len(u), 27)), np.zeros(u.shape)
        for k in range(25):
            past = np.stack([np.ones(len(u)), u[:, k], seen[:, k + 1], seen[:, k]], axis=1)
            said[:, k] = (np.concatenate([np.ones((len(u), 1)), np.tanh(past @ v)], axis=1) @ omega)[:, 0]
            seen[:, k + 2] = y[:, k] if probability or k < 2 else said[:, k]
        assert loss == pytest.approx(np.mean((said - y) ** 2), rel=1e-4)


def test_both_ways_of_training_begin_from_the_same_weights(monkeypatch):
    begun = []

    def noted(model, probability, updates):
        begun.append((probability, model.get_weights(), int(model.optimizer.iterations)))
        model.set_weights([0 * weight for weight in model.get_weights()])  # a net that says 0
        return np.array([4.0])

    monkeypatch.setattr(lab, "train_forced", noted)
    found = lab.compare_training(1)
    (first, weights, _), (second, again, steps) = begun
    assert (first, second, steps) == (1.0, 0.0, 0)
    for one, other in zip(weights, again, strict=True):
        np.testing.assert_array_equal(one, other)
    size = np.sqrt(np.mean(lab.plant_test()[1][lab.SKIP :] ** 2))
    assert found == {name: (2.0, pytest.approx(size, rel=1e-5)) for name in ("teacher forcing", "running freely")}
