"""Faults in the library outside its layers, whose own stand in `tests/layers/mutations.py`."""

from tests.planted.faults import Fault as F

D, E, ID, R = "rnnkit/dynamics", "rnnkit/energy", "rnnkit/identification", "rnnkit/reservoirs"
L, S, T, P = "rnnkit/language", "rnnkit/datasets", "rnnkit/training", "rnnkit/plots"

# fmt: off
FAULTS = [
    # dynamics
    F(f"{D}/basins.py", "axis=2).max(axis=1) <= eps", "axis=2).min(axis=1) <= eps", "tests/dynamics/test_basins.py::test_an_orbit_that_only_starts_at_rest_is_no_fixed_point"),
    F(f"{D}/fixed_points.py", 'out == n else "saddle"', 'out == 1 else "saddle"', "tests/dynamics/test_fixed_points.py::test_kinds_are_what_runs_from_near_by_do"),
    F(f"{D}/lyapunov.py", "np.linalg.qr(jacobians[:, k] @ frame)", "np.linalg.qr(frame @ jacobians[:, k])", "tests/dynamics/test_lyapunov.py::test_exponents_of_a_driven_network_are_those_of_the_product_of_its_jacobians"),
    F(f"{D}/cycles.py", "b[top] - (c - a)[top]", "b[top] + (c - a)[top]", "tests/dynamics/test_cycles.py::test_sine_waves"),
    # energy
    F(f"{E}/gibbs.py", "expit((high - low) * (", "expit((", "tests/energy/test_boltzmann.py::test_one_sweep_of_gibbs_sampling_keeps_the_distribution"),
    F(f"{E}/rbm.py", "-rate / len(v_model)", "-rate / len(v)", "tests/equations/test_oracles.py::test_code_agrees_with_its_oracle[energy-rbm_update]"),
    F(f"{E}/hopfield.py", "np.fill_diagonal(J, 0.0)", "pass", "tests/energy/test_hopfield.py::test_hebbs_rule_is_the_mean_product_with_a_diagonal_of_zeros"),
    F(f"{E}/partition.py", "spread / np.sqrt(C)", "spread / C", "tests/equations/test_oracles.py::test_code_agrees_with_its_oracle[energy-annealing]"),
    F(f"{E}/partition.py", "h = hidden.draw(hidden.mean(beta * field), rng)", "h = hidden.draw(hidden.mean(before * field), rng)", "tests/energy/test_partition.py::test_few_temperatures_are_unbiased_too"),
    F(f"{T}/ekf.py", "noise[epoch, n - first]", "noise[epoch, n - first - 1]", "tests/training/test_ekf.py::test_noise_falls_by_the_same_ratio_at_each_step_of_all_epochs"),
    F(f"{T}/truncated_bptt.py", "None if mask is None else mask[:, part]", "None if mask is None else ops.roll(mask, 1, 1)[:, part]", "tests/training/test_truncated_bptt.py::test_a_mask_goes_with_its_steps"),
    # the fast loop of any cell
    F("rnnkit/layers/fused/any_cell.py", "(tf.matmul(d, matrix, transpose_b=True), d)", "(tf.matmul(d, matrix, transpose_b=True), 2.0 * d)", "tests/layers/test_fused.py::test_asked_for_in_eager_calls[any]"),
    F("rnnkit/layers/fused/any_cell.py", "d_past = [held(counts, t, a, b)", "d_past = [held(None, t, a, b)", "tests/layers/test_fused.py::test_asked_for_in_eager_calls[any]"),
    F("rnnkit/layers/fused/any_cell.py", "            d_weights[k] += d\n        d_total", "            d_weights[k] += 0.0 * d\n        d_total", "tests/layers/test_fused.py::test_asked_for_in_eager_calls[any]"),
    F("rnnkit/layers/fused/gated.py", "dy * i + d_fed_back * f", "dy * i", "tests/layers/test_fused.py::test_asked_for_in_eager_calls[gru]"),
    F("rnnkit/layers/fused/gated.py", "held(counts, t, new_dh, dh)", "new_dh", "tests/layers/test_fused.py::test_asked_for_in_eager_calls[cfn]"),
    F("rnnkit/layers/fused/rnn.py", "past_y + by_y, dy)", "past_y, dy)", "tests/layers/test_fused.py::test_asked_for_in_eager_calls[feedback]"),
    F("rnnkit/layers/fused/blocks.py", "self._of_each_block(new_ds * g)", "self._of_each_block(ds * g)", "tests/layers/test_fused.py::test_asked_for_in_eager_calls[blocks]"),
    F("rnnkit/layers/fused/ctrnn.py", "new_dx = dx - delta + by_fired", "new_dx = dx + by_fired", "tests/layers/test_fused.py::test_asked_for_in_eager_calls[ctrnn]"),
    F("rnnkit/layers/fused/loop.py", "mask.shape[0] == 1 != sequences.shape[0]", "mask.shape[0] == 0", "tests/layers/test_fused.py::test_asked_for_in_eager_calls[gru]"),
    F("rnnkit/layers/fused/sizes.py", "insert(key, before + 1)", "insert(key, before)", "tests/layers/test_fused.py::test_a_size_is_compiled_when_it_has_come_often"),
    # reservoirs
    F(f"{R}/matrices.py", "(1 - leak) * identity + leak * matrix.T", "(1 - leak) * identity + matrix.T", "tests/reservoirs/test_matrices.py::test_the_jacobian_has_the_radius_asked_for"),
    F(f"{R}/echo_state.py", "0 * targets[:1], targets[:-1]", "targets[:1], targets[:-1]", "tests/reservoirs/test_echo_state.py::test_fit_counts_the_steps_after_the_washout_of_each_sequence"),
    F(f"{R}/lsm.py", "past = when <= t", "past = when < t", "tests/reservoirs/test_lsm.py::test_filtered_spikes_are_the_sum_of_their_decays"),
    # identification
    F(f"{ID}/signal_windows.py", "int(a) + k * gap, int(b) + k * gap", "int(a) + k * gap, int(b) + (k + 1) * gap", "tests/identification/test_signal_windows.py::test_split_leaks_nothing"),
    F(f"{ID}/free_running.py", "history[:, -past.shape[1] :]", "history[:, : past.shape[1]]", "tests/identification/test_free_running.py::test_against_a_loop"),
    F(f"{ID}/linear_ar.py", "cross[-order:], ridge)", "cross[-order:], ridges[0])", "tests/identification/test_linear_ar.py::test_each_ridge_is_tried"),
    F(f"{ID}/arx.py", "- A.sum(axis=0) @ mean_y", "", "tests/identification/test_models.py::test_arx_finds_a_linear_system_exactly"),
    # language
    F(f"{L}/ngrams.py", "[self.START] * (n - 1) + text", "[self.START] * (n > 1) + text", "tests/language/test_ngrams.py::test_equal_to_enumeration_also_at_the_start_of_a_text"),
    F(f"{L}/sampling.py", "(z - greatest) / temperature", "z / temperature - greatest", "tests/language/test_sampling.py::test_nothing_overflows_and_no_logarithm_of_zero"),
    F(f"{L}/windows.py", "(len(text) - 1) // length", "len(text) // length", "tests/language/test_windows.py::test_windows_against_a_loop"),
    # datasets
    F(f"{S}/narma.py", "driven[k - order] + 0.1", "driven[k - order + 1] + 0.1", "tests/datasets/test_chaotic_series.py::test_narma_is_its_equation"),
    F(f"{S}/long_lags.py", "(1 - p) * (1 - 0.92**2)", "(1 - p) * (1 - 0.96**2)", "tests/datasets/test_long_lags.py::test_the_constant_answer_to_the_adding_problem_is_as_good_as_its_closed_form"),
    F(f"{S}/rotating_machine.py", "(frequency / shaft_frequency) ** 2", "(frequency / shaft_frequency)", "tests/datasets/test_rotating_machine.py::test_harmonics_grow_with_the_square_of_the_speed"),
    # optimizers
    F("rnnkit/optimizers/rprop.py", "ops.where(turned, ops.zeros_like(sign), sign)", "sign", "tests/optimizers/test_rprop.py::test_equals_a_loop_over_single_weights"),
    F("rnnkit/optimizers/rprop.py", "self._losses[1] > self._losses[0]", "self._losses[1] >= self._losses[0]", "tests/optimizers/test_rprop.py::test_equals_a_loop_over_single_weights"),
    F("rnnkit/optimizers/rprop.py", "batches > (self.gradient_accumulation_steps or 1)", "batches > 1", "tests/optimizers/test_rprop.py::test_mini_batches_are_warned_of_once"),
    # regularizers
    F("rnnkit/regularizers/gradient_norm.py", "steps_as_batch(v / scale)", "steps_as_batch(v)", "tests/regularizers/test_gradient_norm.py::test_vanished_gradients_still_count"),
    F("rnnkit/regularizers/gradient_norm.py", "if not training or self.strength == 0.0", "if self.strength == 0.0", "tests/regularizers/test_gradient_norm.py::test_in_fit_by_one_line_and_off_again"),
    F("rnnkit/regularizers/gradient_norm.py", "self.strength(model.optimizer.iterations)", "self.strength(0)", "tests/regularizers/test_omega_forms.py::test_strength_may_be_a_schedule"),
    # training
    F(f"{T}/ekf.py", "@ K.T + Q  # (6)", "@ K.T + self.q  # (6)", "tests/training/test_ekf.py::test_equals_the_textbooks_formulas_with_derivatives_by_finite_differences"),
    F(f"{T}/scheduled_sampling.py", "speed * math.exp(-i / speed)", "speed * math.exp(-i)", "tests/training/test_teacher_forcing.py::test_schedules_are_bengios"),
    F(f"{T}/_forward.py", "self.decay * by_w[\"s\"] + self.y_by_w", "by_w[\"s\"] + self.y_by_w", "tests/equations/test_oracles.py::test_code_agrees_with_its_oracle[training-rtrl]"),
    # plots
    F(f"{P}/memory_curve.py", "np.arange(1, len(values) + 1), values, style", "np.arange(len(values)), values, style", "tests/plots/test_reservoir_plots.py::test_the_memory_curve_counts_delays_from_one"),
    F(f"{P}/spike_raster.py", "row[np.argsort(inhibits, kind=\"stable\")]", "row[np.argsort(~inhibits, kind=\"stable\")]", "tests/plots/test_reservoir_plots.py::test_spikes_lie_at_their_times_with_inhibitory_neurons_on_top"),
    F(f"{P}/eigenvalues.py", "np.clip(part, -limit, limit)", "np.clip(part, -np.inf, np.inf)", "tests/plots/test_memory_plots.py::test_points_lie_at_the_eigenvalues_and_far_ones_at_the_edge"),
]
