"""The copy task asks for what it shows, a program does what it says, and starts are alike whoever compiled them."""

import keras
import numpy as np
import pytest

from rnnkit.applications import copying_ntm
from rnnkit.course.experiments import turing_machine as lab


def test_what_is_asked_for_is_what_was_shown():
    data = lab.copy_task(40, 2, 5, bits=3, seed=7)
    lengths = set()
    for x, y, asked in zip(data.inputs, data.targets, data.asked, strict=True):
        [end] = np.flatnonzero(x[:, -1])
        lengths.add(int(end))
        np.testing.assert_array_equal(y[asked > 0], x[:end, :-1])
        np.testing.assert_array_equal(np.flatnonzero(asked), np.arange(end + 1, 2 * end + 1))
        assert not x[end + 1 :].any() and not y[asked == 0].any()
    assert lengths == {2, 3, 4, 5} and data.inputs.shape == (40, 11, 4)
    with pytest.raises(ValueError, match="longest: expected at least 3, the shortest, received 2"):
        lab.copy_task(1, 3, 2)


def test_a_head_does_what_it_is_told():
    tape = np.random.default_rng(1).normal(size=(6, 3))
    told = [
        {"shift": -1},
        {"key": tape[2], "strength": 1e5, "gate": 1, "shift": 1, "erase": [1, 1, 0], "add": [7, 8, 9]},
    ]
    run = lab.run_program([*told, {}], tape)
    assert run["weightings"].argmax(axis=1).tolist() == [5, 3, 3]
    np.testing.assert_allclose(run["read"], [tape[5], [7, 8, 9 + tape[3, 2]], [7, 8, 9 + tape[3, 2]]])
    np.testing.assert_allclose(np.delete(run["memory"][-1], 3, axis=0), np.delete(tape, 3, axis=0))
    np.testing.assert_allclose(run["memory"][0], tape)
    assert lab.moves(run["weightings"]).tolist() == [-2, 0]


def test_a_machine_that_copies_has_no_wrong_bit_and_its_heads_go_on():
    model = lab.shown(copying_ntm(width=8, rows=16), 9)
    assert lab.wrong_bits(model, 12, sequences=5) == 0
    _, heads = lab.answers(model, lab.copy_task(1, 12, 12).inputs)
    assert (lab.moves(heads["write"][0][0]) == 1).all() and (lab.moves(heads["read"][0][0, 13:]) == 1).all()


@pytest.mark.parametrize("kind", ["shift alone", "LSTM"])
def test_each_start_is_trained_as_if_alone(kind):
    alone = lab.machine(kind, 2, seed=4)
    losses = lab.train(alone, 2, seed=4)
    *_, (seed, model, again) = lab.trained_from(kind, 2, (3, 4))
    assert seed == 4
    np.testing.assert_allclose(again, losses, rtol=1e-5)
    tested = lab.lengthened(model, rows=80)
    for ours, theirs in zip(tested.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)
    keras.utils.clear_session()


def test_a_task_is_solved_when_the_mean_loss_is_small():
    losses = np.concatenate([np.ones(30), np.full(100, 0.001)])
    assert lab.solved_at(losses) == 30 + 50
    assert lab.solved_at(np.ones(200)) is None and lab.solved_at(losses[:40]) is None


def test_an_unknown_machine_is_named():
    with pytest.raises(ValueError, match="kind: expected one of content and shift, .*, LSTM, received 'GRU'"):
        lab.machine("GRU", 10, 0)
