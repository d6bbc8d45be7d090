"""Digits stand whole on their canvases, and glimpses on a digit are counted."""

import numpy as np
import pytest

from rnnkit.course.experiments import attention
from rnnkit.datasets.optical_digits import generate_optical_digits


def test_each_digit_is_whole_on_its_canvas():
    digits = generate_optical_digits(30)
    drawn = attention.on_canvases(digits, 20, seed=3)
    for image, (row, column), digit in zip(drawn.images[..., 0], drawn.corners, digits.images, strict=True):
        np.testing.assert_allclose(image[row : row + 8, column : column + 8], digit / 16)
        assert np.isclose(image.sum(), digit.sum() / 16)
    assert drawn.corners.min() == 0 and drawn.corners.max() == 12
    with pytest.raises(ValueError, match="side: expected at least 8, the digits' own size, received 7"):
        attention.on_canvases(digits, 7)


def test_multiplications_are_counted_layer_by_layer():
    learned = attention.network("learned", 10, seed=0)
    seen, locator = 48 * 96 + 96 * 128 + 2 * 32 + 32 * 128, 128 * 64 + 64 * 2
    core, answer, baseline = 2 * 128 * 128, 128 * 10, 128
    assert attention.multiplications(learned, 24) == 6 * (seen + core + locator + answer + baseline)
    assert attention.multiplications(learned, 99) == attention.multiplications(learned, 24)
    random = attention.network("random", 10, seed=0)
    assert attention.multiplications(random, 24) == 6 * (seen + core + answer)
    whole = attention.convolutional_network(10, seed=0)
    for side in (24, 40):
        count = side**2 * 9 * 16 + (side // 2) ** 2 * 9 * 16 * 32 + 32 * 10
        assert attention.multiplications(whole, side) == count


@pytest.mark.parametrize("long", [False, True])
def test_a_training_has_the_updates_that_its_rate_was_told(long, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(attention, "_worth_compiling", lambda steps: long)
    digits = generate_optical_digits(150)
    steps = attention.steps_of(digits, 2)
    assert steps == 8  # 4 passes over 150 digits are 4 whole batches of 128
    model = attention.convolutional_network(steps, seed=0)
    before = [w.copy() for w in model.get_weights()]
    attention.train(model, digits, 2, tmp_path / "backup")
    assert int(model.optimizer.iterations) == steps
    assert float(model.optimizer.learning_rate) < 1e-9  # the end of the cosine
    assert all((old != new).any() for old, new in zip(before, model.get_weights(), strict=True))
    assert capsys.readouterr().out.count("% right in training") == 2
    assert model.steps_per_execution == 1  # else predict would unroll as many batches


def test_each_part_has_its_own_places_and_a_stopped_training_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(attention, "_worth_compiling", lambda steps: True)  # a part is one call
    digits, placed, parts = generate_optical_digits(100), attention.on_canvases, []
    steps = attention.steps_of(digits, 4)

    def stops_in_part_2(digits, side, seed):
        parts.append(seed[1])
        if parts.count(2) == 1:
            raise KeyboardInterrupt
        return placed(digits, side, seed)

    monkeypatch.setattr(attention, "on_canvases", stops_in_part_2)
    with pytest.raises(KeyboardInterrupt):
        attention.train(attention.convolutional_network(steps, seed=0), digits, 4, tmp_path / "backup")
    assert parts == [0] * 8 + [1] * 4 + [2]  # four passes a part; Keras looks at a batch before the first one
    parts.append(2)
    del parts[:-2]
    model = attention.convolutional_network(steps, seed=0)
    attention.train(model, digits, 4, tmp_path / "backup")
    assert parts[2:] == [0] * 4 + [2] * 4 + [3] * 4
    assert int(model.optimizer.iterations) == steps


def test_places_are_pixels_of_any_canvas():
    digits = generate_optical_digits(5)
    model = attention.network("learned", 10, seed=0)
    for side in (24, 40):
        drawn = attention.on_canvases(digits, side)
        found = attention.measured(model, drawn, glimpses=3)
        locations = model.look(drawn.images, 3)["locations"]
        np.testing.assert_allclose(found["places"], side / 2 + 12 * locations, rtol=1e-6)
        np.testing.assert_allclose(found["places"][:, 0], side / 2)  # the first one is the centre
        right = [np.mean(found["answers"][:, t] == digits.labels) for t in range(3)]
        np.testing.assert_allclose(found["accuracy"], right)


def test_glimpses_on_the_digit_are_counted():
    drawn = attention.on_canvases(generate_optical_digits(200), seed=1)
    found = attention.measured(attention.network("random", 10, seed=0), drawn)
    error = np.sqrt(0.111 * 0.889 / 200)
    assert np.abs(found["on_digit"] - (8 / 24) ** 2).max() < 4 * error  # of a uniform place
