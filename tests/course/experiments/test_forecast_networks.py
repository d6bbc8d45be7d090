"""Unit 03's networks have the lecture's sizes; the misprinted cell's derivatives are those of finite differences."""

import numpy as np
import pytest

from rnnkit.course.experiments.forecast_networks import NAMES, misprinted_cell, network


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("LSTM", 4 * (7 + 100 + 1) * 100 + 4 * 201 * 100),
        ("PeepholeLSTM", 4 * (7 + 100 + 1) * 100 + 4 * 201 * 100 + 2 * 3 * 100),
        ("sliding predictor", (5 * 7 + 1) * 100 + 501 * 100),
    ],
)
def test_sizes(name, weights):
    assert name in NAMES
    model = network(name, 11, 7)
    width = 300 if name == "sliding predictor" else 100
    assert model.count_params() == weights + (width + 1) * 100 + 101 * 7
    assert model(np.zeros((2, 11, 7))).shape == (2, 7)
    for layer in model.layers[-2:]:
        for values in layer.get_weights():
            assert 0.004 < values.std() < 0.02
    assert [layer.activation.__name__ for layer in model.layers[-2:]] == ["relu", "linear"]


def test_misprinted_cell():
    cells, back = misprinted_cell(-0.7, 6)

    def last(cell, steps):
        for _ in range(steps):
            cell = 0.5 + 0.5 * np.tanh((cell - 0.7) / 2)
        return cell

    assert cells[0] == 0 and back[6] == 1
    np.testing.assert_allclose(cells, [last(0.0, steps) for steps in range(7)])
    for step in range(7):
        up, down = (last(cells[step] + h, 6 - step) for h in (1e-5, -1e-5))
        np.testing.assert_allclose(back[step], (up - down) / 2e-5, rtol=1e-6)
