"""Glimpses are crops and averages of crops; what is outside of the image is padding."""

import keras
import numpy as np
import pytest
from keras import ops

from rnnkit.applications import GlimpseSensor

H, W, CHANNELS = 9, 12, 2


def images(count=4, seed=0):
    return np.random.default_rng(seed).normal(size=(count, H, W, CHANNELS)).astype("float32")


def at(row, column, size):
    """The location of the crop that begins in a row and column."""
    return (np.array([row, column]) + size / 2) * 2 / [H, W] - 1


@pytest.mark.parametrize("size", [1, 3, 4])
def test_the_finest_scale_is_a_crop(size):
    x = images(1)
    for row in range(H - size + 1):
        for column in range(W - size + 1):
            glimpse = GlimpseSensor(size)(x, at(row, column, size)[None])
            np.testing.assert_array_equal(glimpse, x[:, row : row + size, column : column + size])


def test_wider_scales_are_average_pooled_crops():
    x = images(1)
    glimpse = ops.convert_to_numpy(GlimpseSensor(2, scales=3)(x, at(3, 5, 2)[None]))
    pool = keras.layers.AveragePooling2D
    np.testing.assert_allclose(glimpse[..., 2:4], pool(2)(x[:, 2:6, 4:8]), atol=1e-6)
    np.testing.assert_allclose(glimpse[..., 4:6], pool(4)(x[:, 0:8, 2:10]), atol=1e-6)


def test_outside_of_the_image_is_padding():
    x, size = images(2), 4
    whole = np.pad(x, ((0, 0), (size, size), (size, size), (0, 0)), constant_values=-7.0)
    for row, column in [(-2, -3), (H - 1, 1), (3, W - 2), (H, W), (-4, 0)]:
        places = np.tile(at(row, column, size), (2, 1))
        glimpse = GlimpseSensor(size, padding=-7.0)(x, places)
        expected = whole[:, row + size : row + 2 * size, column + size : column + 2 * size]
        np.testing.assert_array_equal(glimpse, expected)


def test_every_image_has_its_own_location():
    x, corners = images(), [(0, 0), (2, 7), (5, 1), (4, 8)]
    glimpse = GlimpseSensor(3)(x, np.array([at(*corner, 3) for corner in corners]))
    for i, (row, column) in enumerate(corners):
        np.testing.assert_array_equal(glimpse[i], x[i, row : row + 3, column : column + 3])


def test_a_unit_in_pixels_is_the_same_distance_on_any_canvas():
    small = images(1)
    large = np.pad(small, ((0, 0), (4, 4), (6, 6), (0, 0)))
    sensor = GlimpseSensor(3, scales=2, pixels_per_unit=5.0)
    for place in np.random.default_rng(1).uniform(-1, 1, (10, 1, 2)):
        np.testing.assert_allclose(sensor(small, place), sensor(large, place), atol=1e-6)


@pytest.mark.parametrize("dtype", ["float64", "mixed_float16"])
def test_other_types_keep_padding_and_place(dtype):
    x, place = images(1).astype("float64"), at(-1, 2, 2)[None]
    sensor = GlimpseSensor(2, padding=0.1, dtype=dtype)
    glimpse = ops.convert_to_numpy(sensor(x, place))
    assert glimpse.dtype == sensor.compute_dtype
    np.testing.assert_allclose(glimpse[0, 0], 0.1, atol=1e-3 if dtype == "mixed_float16" else 1e-15)
    np.testing.assert_allclose(glimpse[0, 1], x[0, 0, 2:4], rtol=1e-3 if dtype == "mixed_float16" else 1e-6)


def test_sensor_in_a_functional_model_is_saved(tmp_path):
    inputs = keras.Input((H, W, CHANNELS)), keras.Input((2,))
    sensor = GlimpseSensor(3, 2, 3, padding=0.5, pixels_per_unit=4.0)
    model = keras.Model(inputs, sensor(*inputs))
    assert model.output_shape == (None, 3, 3, 2 * CHANNELS)
    model.save(tmp_path / "sensor.keras")
    loaded = keras.models.load_model(tmp_path / "sensor.keras")
    x, places = images(), np.random.default_rng(2).uniform(-1, 1, (4, 2)).astype("float32")
    np.testing.assert_array_equal(loaded([x, places]), model([x, places]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": 0}, "size: expected a positive integer, received 0"),
        ({"size": 2, "scales": 1.5}, "scales: expected a positive integer, received 1.5"),
        ({"size": 2, "factor": 1}, "factor: expected an integer of at least 2, received 1"),
        ({"size": 2, "padding": float("nan")}, "padding: expected a finite number, received nan"),
        ({"size": 2, "pixels_per_unit": 0}, "pixels_per_unit: expected a finite number above 0, received 0"),
    ],
)
def test_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        GlimpseSensor(**arguments)


@pytest.mark.parametrize(
    ("shape", "places", "message"),
    [
        ((1, 9, 9), (1, 2), r"images: expected shape \(batch, height, width, channels\), received \(1, 9, 9\)"),
        ((1, 9, 3, 1), (1, 2), r"images: expected at least 4 × 4 pixels.*received \(1, 9, 3, 1\)"),
        ((1, 9, 9, 1), (1, 3), r"locations: expected shape \(batch, 2\), received \(1, 3\)"),
    ],
)
def test_other_images_and_locations_are_named(shape, places, message):
    with pytest.raises(ValueError, match=message):
        GlimpseSensor(4)(np.zeros(shape), np.zeros(places))
