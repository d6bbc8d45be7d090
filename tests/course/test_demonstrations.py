"""Demonstrations in a real browser: what they compute is what Python computes with the same rounded weights."""

import importlib
import json
import re
import sys

import numpy as np
import pytest

from rnnkit.course.paths import project_root
from tests.course.servers import files

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
RNG = np.random.default_rng(31)


def rounded(model):
    """Weights that 16 bits hold, far from those of an untrained net; returns what takes them."""
    model.set_weights([np.float16(RNG.normal(scale=0.4, size=w.shape)).astype(w.dtype) for w in model.get_weights()])
    return model


@pytest.fixture(scope="module")
def nets():
    """Small nets with random weights, of other sizes than those that the units train."""
    import keras

    from rnnkit.applications import NTM, Handwriting
    from rnnkit.language.generator import Generator
    from rnnkit.language.vocabulary import Vocabulary

    hand = Handwriting([9, 7], components=3, alphabet="0123456789", bumps=4)
    hand((np.zeros((1, 2, 3)), hand.encode(["27"])))
    words = Vocabulary([["\n", "salt", "cup", "of", "water", "1"]])
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(len(words), 5),
            keras.layers.LSTM(6, return_sequences=True),
            keras.layers.Dense(len(words)),
        ]
    )
    tape = NTM(keras.layers.SimpleRNNCell(11), 8, 24, 6, return_sequences=True, return_weightings=True)
    tape.build((None, None, 9))
    return rounded(hand), Generator(rounded(model), words), rounded(tape)


@pytest.fixture(scope="module")
def site(nets, tmp_path_factory):
    """A page with all demonstrations, as the site has it, served on this computer."""
    import keras

    from rnnkit.course.experiments import turing_machine, writing

    hand, generator, tape = nets
    build, folder = tmp_path_factory.mktemp("build"), tmp_path_factory.mktemp("site")
    inputs = keras.Input((None, 9))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_PROFILE", "check")
        writing.save(hand, np.array([31.0, 29.0]), build)
        turing_machine.keep(keras.Model(inputs, tape(inputs)), build)
        generator.save(build / "models" / "recipes-check")
        patch.syspath_prepend(str(project_root() / "docs"))
        module = importlib.import_module("demos.export")
        assert module.export(build, folder / "demos") == list(module.WEIGHTS)
        text = (project_root() / "docs" / "demos" / "index.md").read_text()
        places = re.findall("<.*>", module.demonstrations(text, list(module.WEIGHTS)))
        sys.modules.pop("demos.export")
    (folder / "page.html").write_text(f"<!doctype html><meta charset=utf-8><body>{''.join(places)}")
    with files(folder) as address:
        yield folder, f"{address}/page.html"


@pytest.fixture
def shown(site, page):
    """The page, with every demonstration at work."""
    failed = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.set_viewport_size({"width": 900, "height": 4000})
    page.goto(site[1])
    page.wait_for_function("[...document.querySelectorAll('[data-demo]')].every((place) => place.net)")
    yield page
    assert failed == []


def place(name):
    return f"document.querySelector('[data-demo={name}]')"


def test_the_pen_tells_the_densities_of_python(shown, nets):
    hand, points = nets[0], np.round(RNG.normal(size=(17, 3)), 3)
    points[:, 2] = RNG.integers(0, 2, 17)
    found = shown.evaluate(
        f"""(points) => {{
            const net = {place("handwriting")}.net;
            let state = net.start("3141");
            return points.map((point) => {{
                const next = net.step(point, state);
                state = next.state;
                return Array.from(next.yHat);
            }});
        }}""",
        points.tolist(),
    )
    expected = np.array(hand((points[None].astype("float32"), hand.encode(["3141"]))))[0]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_the_samples_have_the_density_that_the_net_tells(shown):
    """Mean and covariance of 40,000 points of a mixture, and the share of lifted pens."""
    from rnnkit.applications import bivariate_mixture

    y_hat = RNG.normal(scale=0.5, size=19)
    drawn = np.array(
        shown.evaluate(
            f"""(yHat) => {{
                const net = {place("handwriting")}.net;
                return Array.from({{ length: 40000 }}, () => net.sample(yHat, 0.5, Math.random));
            }}""",
            y_hat.tolist(),
        )
    )
    e, pi, mu, sigma, rho = (np.array(part) for part in bivariate_mixture.mixture(y_hat, bias=0.5))
    mean = mu @ pi
    covariance = np.einsum("j,aj,bj->ab", pi, mu - mean[:, None], mu - mean[:, None]) + np.diag(sigma**2 @ pi)
    covariance += (1 - np.eye(2)) * (pi * sigma[0] * sigma[1] * rho).sum()
    np.testing.assert_allclose(drawn[:, :2].mean(axis=0), mean, atol=0.03)
    np.testing.assert_allclose(np.cov(drawn[:, :2].T), covariance, atol=0.06)
    assert abs(drawn[:, 2].mean() - e) < 0.015


def test_the_next_words_are_those_of_python(shown, nets):
    generator = nets[1]
    found = shown.evaluate(
        f"""() => {{
            const net = {place("recipes")}.net;
            let state = net.start(), logits;
            const number = (word) => net.words.indexOf(word);
            [rnnkit.weights.recipes.end, number("1"), number("cup")].forEach((word) => {{
                ({{ logits, state }} = net.step(word, state));
            }});
            return Array.from(logits);
        }}"""
    )
    np.testing.assert_allclose(found, generator.logits("1 cup"), rtol=1e-4, atol=1e-4)


def test_energies_and_updates_are_those_of_python(shown):
    from rnnkit.course.experiments.energy import digit_pictures
    from rnnkit.energy import Hopfield

    memory = Hopfield(learning="pseudo-inverse").fit(digit_pictures())
    couplings = np.float64(np.float16(memory.couplings_))
    state = RNG.choice([-1.0, 1.0], size=64)
    order = RNG.permutation(64)
    energy, after = shown.evaluate(
        f"""([state, order]) => {{
            const net = {place("hopfield")}.net;
            return [net.energy(state), order.reduce((x, i) => net.update(x, i), state)];
        }}""",
        [state.tolist(), order.tolist()],
    )
    assert energy == pytest.approx(-0.5 * state @ couplings @ state, abs=1e-4)
    expected = state.copy()
    for i in order:
        expected[i] = np.sign(couplings[i] @ expected)
    assert after == expected.tolist()


def test_the_two_units_run_as_in_python(shown):
    from rnnkit.course.experiments.attractors import TWO_UNITS, tanh_map

    expected = tanh_map(*TWO_UNITS).orbit([[0.12, 0.15]], 20)[0]
    found = shown.evaluate(
        f"""() => {{
            const run = [[0.12, 0.15]], net = {place("attractor")}.net;
            for (let k = 0; k < 20; k++) run.push(net.step(run[k]));
            return run.slice(1);
        }}"""
    )
    np.testing.assert_allclose(found, np.asarray(expected)[-20:], atol=1e-4)


def test_the_tape_is_that_of_python(shown, nets):
    inputs = RNG.integers(0, 2, size=(13, 9)).astype("float32")
    found = shown.evaluate(
        f"""(inputs) => {{
            const net = {place("machine")}.net;
            let state = net.start(24);
            return inputs.map((input) => {{
                const next = net.step(input, state);
                state = next.state;
                return [next.y, state.read, state.write];
            }});
        }}""",
        inputs.tolist(),
    )
    outputs, weightings = nets[2](inputs[None])
    for part, expected in enumerate((outputs, weightings["read"][0], weightings["write"][0])):
        np.testing.assert_allclose([step[part] for step in found], np.array(expected)[0], rtol=1e-4, atol=1e-4)


def test_another_weight_draws_another_number(shown):
    """Nothing that is shown is a recording."""
    write = f"""async (change) => {{
        const place = {place("handwriting")}, weights = structuredClone(rnnkit.weights.handwriting);
        place.textContent = "";
        delete place.dataset.points;
        weights.tensors["density.bias"].data[4] += change;
        rnnkit.demos.handwriting(place, weights);
        while (!place.dataset.points) await new Promise((done) => setTimeout(done, 50));
        return place.dataset.points;
    }}"""
    first, again, changed = (shown.evaluate(write, change) for change in (0, 0, 0.5))
    assert first == again != changed


def test_they_answer_at_once_and_are_small(site, shown):
    folder = site[0]
    assert sum(path.stat().st_size for path in (folder / "demos").glob("*.js")) < 2**20
    took = shown.evaluate(
        f"""() => {{
            const net = {place("machine")}.net, state = net.start(24), start = performance.now();
            for (let i = 0; i < 20; i++) net.step(new Array(9).fill(1), state);
            return (performance.now() - start) / 20;
        }}"""
    )
    print(f"a step of the machine: {took:.1f} ms")
    assert json.loads(shown.evaluate(f"{place('attractor')}.dataset.run"))[0] == [-0.3, 0.35]


def test_a_start_can_be_dragged_and_moved_by_keys(shown):
    board = shown.locator("[data-demo=attractor] canvas")
    box = board.bounding_box()
    shown.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown.mouse.down()
    shown.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.25)
    shown.mouse.up()
    start = json.loads(shown.evaluate(f"{place('attractor')}.dataset.run"))[0]
    np.testing.assert_allclose(start, [0.55, 0.55], atol=0.02)
    board.press("ArrowLeft")
    moved = json.loads(shown.evaluate(f"{place('attractor')}.dataset.run"))[0]
    np.testing.assert_allclose(moved, [start[0] - 0.05, start[1]], atol=1e-9)


def test_what_is_scribbled_is_recalled(shown):
    shown.get_by_role("button", name="3", exact=True).click()
    stored = json.loads(shown.evaluate(f"{place('hopfield')}.dataset.state"))
    board = shown.locator("[data-demo=hopfield] canvas")
    box = board.bounding_box()
    side = box["width"] * 24 / 420
    shown.mouse.click(box["x"] + side * 0.5, box["y"] + side * 0.5)
    scribbled = json.loads(shown.evaluate(f"{place('hopfield')}.dataset.state"))
    assert sum(a != b for a, b in zip(stored, scribbled, strict=True)) == 1
    shown.get_by_role("button", name="Recall").click()
    shown.get_by_text("At rest: the stored 3.").wait_for()
    assert json.loads(shown.evaluate(f"{place('hopfield')}.dataset.state")) == stored
