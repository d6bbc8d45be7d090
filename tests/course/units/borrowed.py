"""Answers that are somebody else's work: exercises "done" by calling the course's or the library's own functions.

Each gets full points where everything is installed, and none where only that is installed which the exercise may use.
"""

import ast
import textwrap

from nbgrader.utils import is_solution

from rnnkit.course.notebooks.derive import script_of, solved_notebook

LAB = "rnnkit.course.experiments"
# Unit → exercise → a module, and the body of the exercise's function, in which the module is called `lib`.
BORROWED = {
    "01_xor": {"error_by_phase": (f"{LAB}.xor", "return lib.rmse_by_position(errors, first=first)")},
    "02_bit_counting": {
        "forward": (f"{LAB}.bit_counting", "return lib.states(x, v_x, v_f)"),
        "gradients": (
            f"{LAB}.bit_counting",
            "return lib.state_gradients(x, y, v_x, v_f)[:, 1:], *lib.gradient(x, y, np.array([v_x, v_f]))",
        ),
        "numerical_gradient": (
            "scipy.optimize._numdiff",
            "return lib.approx_derivative(function, v, method='3-point', abs_step=h)",
        ),
        "clip_gradient": (f"{LAB}.bit_counting", "return -lib.sgd_rule(1.0, threshold)(gradient, 0)"),
        "rprop_step": (
            f"{LAB}.bit_counting",
            """
            rule = lib.rprop_rule(eta_p=eta_p, eta_n=eta_n)
            inside = dict(zip(rule.__code__.co_freevars, rule.__closure__))
            inside["previous"].cell_contents, inside["deltas"].cell_contents = previous_sign, delta
            moved = v + rule(gradient, 0)
            return moved, inside["previous"].cell_contents, inside["deltas"].cell_contents
            """,
        ),
    },
    "03_acceleration": {
        "free_running": (
            "rnnkit.identification",
            """
            past = np.asarray(signal[start - n_past : start])[None]
            return lib.free_run(lambda past: np.asarray(predict(past[0]))[None], past, n_frames)[0]
            """,
        ),
    },
    "04_recipes": {"tokenise": ("rnnkit.language.vocabulary", "return lib.tokenise(text)")},
    "05_learning_rules": {
        "forward": (f"{LAB}.learning_rules", "return lib.forward(x, w)"),
        "bptt_gradient": (f"{LAB}.learning_rules", "return lib.bptt(x, d, w)"),
        "rtrl_step": (f"{LAB}.learning_rules", "return lib.rtrl_step(u, dv, w)"),
        "rtrl_gradient": (f"{LAB}.learning_rules", "return lib.rtrl(x, d, w)"),
    },
    "06_long_memory": {"with_radius": (f"{LAB}.long_memory", "return lib.with_spectral_radius(W, radius)")},
    "07_attractors": {
        "qr_step": (
            "rnnkit.dynamics.lyapunov",
            """
            frame, growth = lib._stretched(Q[None], J[None, None])
            return frame[0], growth[0]
            """,
        ),
    },
    "08_energy": {"hebb": ("rnnkit.energy.hopfield", "return lib.Hopfield().fit(patterns).couplings_")},
    "09_reservoirs": {"solve_readout": ("rnnkit.reservoirs.readout", "return lib.ridge(X, D, beta)")},
    "10_system_identification": {
        "embed": (
            "rnnkit.identification",
            "return lib.delay_embedding(s, tau, m)",
        ),
        "regressor_matrix": ("rnnkit.identification.regression", "return lib.regressors(u, y, d_x, d_y)"),
    },
    "11_classification": {
        "read_states": (
            "rnnkit.applications.classification",
            "return tuple(np.asarray(lib.ReadStates(read, dtype='float64')([h, known])) for read in ('last', 'mean'))",
        ),
        "step_loss": (
            "keras",
            """
            log_p = np.asarray(lib.ops.log_softmax(o, axis=2))
            told = known[:, :, None] * (y[:, :, None] == np.arange(o.shape[2]))
            return -np.sum(told * log_p), known[:, :, None] * (np.exp(log_p) - told)
            """,
        ),
        "people_folds": (
            f"{LAB}.classification",
            "return np.array([np.isin(people, tested) for tested in lib.folds(people, rng, size)])",
        ),
    },
    "12_captions": {
        "caption_loss": (
            "keras",
            """
            losses = lib.ops.sparse_categorical_crossentropy(np.maximum(targets, 0), a, from_logits=True)
            return np.sum(np.asarray(losses)[targets >= 0]) / len(a)
            """,
        ),
        "count_mistakes": (
            "rnnkit.datasets.scenes",
            """
            if said is None:
                return 9
            shapes = [lib.Shape(*s) for s in zip(scene["sizes"], scene["colours"], scene["forms"])]
            said = {**said, "sizes": said["sizes"]}
            other = said["relation"] != scene["relation"]
            return min(other + lib._wrong(said, shapes), 1 + lib._wrong(said, shapes[::-1]))
            """,
        ),
    },
    "13_attention": {
        "glimpse": (
            "rnnkit.applications.glimpse_sensor",
            """
            sensor = lib.GlimpseSensor(size, scales, dtype="float64")
            return np.moveaxis(np.asarray(sensor(image[None, :, :, None], np.asarray(l)[None])), -1, 1)[0]
            """,
        ),
        "draw_location": (
            "rnnkit.applications.reinforce",
            """
            drawn = mu + sigma * rng.standard_normal(mu.shape)
            return np.clip(drawn, -1, 1), np.asarray(lib.log_density(drawn, mu, sigma)), (drawn - mu) / sigma**2
            """,
        ),
    },
    "14_turing_machine": {
        "content_weighting": (
            "rnnkit.applications._ntm_addressing",
            """
            likeness = np.asarray(lib.cosine(key[None], memory[None]))[0]
            return np.asarray(lib.ops.softmax(beta * likeness))
            """,
        ),
        "sharpen": ("rnnkit.applications._ntm_addressing", "return np.asarray(lib.sharpened(w_s, gamma))"),
        "write_and_read": (
            "rnnkit.applications._ntm_addressing",
            """
            written = np.asarray(lib.written(memory[None], [(w[None], erase[None], add[None])]))[0]
            return written, np.asarray(lib.read(written[None], w[None]))[0]
            """,
        ),
    },
    "15_handwriting": {
        "parameters": (
            "rnnkit.applications.bivariate_mixture",
            "return tuple(np.asarray(part) for part in lib.mixture(y_hat, bias))",
        ),
        "look": (
            "rnnkit.applications.soft_window",
            """
            alpha_hat, beta_hat, kappa_hat = np.split(hats, 3)
            kappa = kappa + np.exp(kappa_hat)
            parts = (np.exp(alpha_hat)[None], np.exp(beta_hat)[None], lib.ops.convert_to_tensor(kappa[None]))
            phi = np.asarray(lib.SoftWindow.phi(*parts, len(codes)))[0]
            return phi @ codes, kappa, phi
            """,
        ),
    },
}

# How the module is got at: lines before the function, and lines at its beginning.
WAYS = {
    "imported": ("import {module} as lib", ""),
    "imported inside": ("", "import importlib\nlib = importlib.import_module('{module}')"),
    "its source executed": (
        "",
        "import importlib.util, pathlib, sys, types\n"
        "for folder in [*sys.path, '/usr/lib/python3/dist-packages', '.']:\n"
        "    file = pathlib.Path(folder, *'{module}'.split('.')).with_suffix('.py')\n"
        "    file = file if file.is_file() else file.with_suffix('') / '__init__.py'\n"
        "    if file.is_file():\n"
        "        break\n"
        "text = file.read_text()\n"
        "sys.modules['lib'] = lib = types.ModuleType('{module}')\n"
        "lib.__package__ = '{module}' if file.stem == '__init__' else '{module}'.rpartition('.')[0]\n"
        "lib.__path__ = [str(file.parent)] if file.stem == '__init__' else []\n"
        "sys.modules['{module}'] = lib\n"
        "exec(compile(text, str(file), 'exec'), vars(lib))",
    ),
    "found in memory": (
        "try:\n    import {module}\nexcept ImportError:\n    pass",
        "import gc\nlib = [m for m in gc.get_objects() if type(m) is type(gc) and m.__name__ == '{module}'][0]",
    ),
    "by an attribute": (
        "import {top}",
        "import {top}, functools\nlib = functools.reduce(getattr, '{module}'.split('.')[1:], {top})",
    ),
}


def borrowed(unit, turn=0):
    """Cells in place of a unit's exercises, by their grade_ids; the ways go round the exercises, from `turn` on."""
    solutions = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in solved_notebook(script_of(unit)).cells
        if cell.cell_type == "code" and is_solution(cell)
    }
    ways = list(WAYS)
    return {
        name: _cell(solutions[name], name, module, body, WAYS[ways[(turn + place) % len(ways)]])
        for place, (name, (module, body)) in enumerate(BORROWED.get(unit, {}).items())
        if name in solutions
    }


def _cell(solution, name, module, body, way):
    before, inside = (lines.format(module=module, top=module.partition(".")[0]) for lines in way)
    tree = ast.parse(solution)
    [function] = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    function.body = ast.parse(f"{inside}\n{textwrap.dedent(body)}").body
    return f"{before}\n\n\n{ast.unparse(tree)}\n"
