"""Wrong answers, and a kernel in which no check can fail."""

from tests.course.grading.attacks.case import Case, Files, Place

NOTHING_RIGHT = "every answer is wrong"
PATCHES = {
    "numpy-testing": (
        "replaces numpy.testing's functions",
        "for name in dir(np.testing):\n    if name.startswith('assert'):\n"
        "        setattr(np.testing, name, lambda *a, **k: None)\n"
        "np.isfinite = np.isclose = np.allclose = lambda *a, **k: np.True_",
    ),
    "check-helpers": (
        "replaces the course's check helpers, in their module and in the notebook",
        "import rnnkit.course.teaching, rnnkit.course.teaching.checks\n"
        "for name in ('check_array', 'check_equal', 'check_raises'):\n"
        "    for where in (rnnkit.course.teaching, rnnkit.course.teaching.checks):\n"
        "        setattr(where, name, lambda *a, **k: None)\n"
        "    globals()[name] = lambda *a, **k: None",
    ),
    "builtins": (
        "replaces builtins that checks use",
        "import builtins\nclass Quiet(BaseException):\n    def __new__(cls, *a): return KeyError()\n"
        "check_array = check_equal = check_raises = print\nbuiltins.AssertionError = Quiet\n"
        "class Any(float):\n    def __eq__(self, other): return True\n    __ne__ = lambda s, o: False\n"
        "builtins.float = lambda *a: Any()\nbuiltins.sum = lambda *a: Any()",
    ),
    "bytecode": (
        "replaces the code of the helpers' functions",
        "import rnnkit.course.teaching.checks as c\nnothing = (lambda *a, **k: None).__code__\n"
        "for f in (c.check_array, c.check_equal, c.check_raises, np.testing.assert_allclose):\n"
        "    getattr(f, '__wrapped__', f).__code__ = nothing",
    ),
    "run-cell": (
        "replaces IPython's run_cell",
        "from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult\n"
        "def run_cell(self, raw, *a, **k):\n    return ExecutionResult(ExecutionInfo(raw, False, False, False, None))\n"
        "async def run_cell_async(self, raw, *a, **k):\n    return run_cell(self, raw)\n"
        "shell = type(get_ipython())\nshell.run_cell, shell.run_cell_async = run_cell, run_cell_async\n"
        "shell.run_ast_nodes = None",
    ),
    "no-asserts": (
        "takes the asserts out of each cell's syntax tree",
        "import ast\nclass Drop(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n"
        "    def visit_Expr(self, node): return ast.Pass()\nget_ipython().ast_transformers.append(Drop())",
    ),
    "no-cells": (
        "empties each cell before it is run",
        "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'])",
    ),
    "sys-modules": (
        "puts its own modules for numpy, numpy.testing and the helpers",
        "import sys, types\nclass Fake(types.ModuleType):\n    def __getattr__(self, name): return lambda *a, **k: None\n"
        "for name in [n for n in sys.modules if n.startswith(('numpy', 'rnnkit'))]:\n    sys.modules[name] = Fake(name)\n"
        "np = check_array = check_equal = check_raises = Fake('np')\n"
        "np.random = Fake('r')",
    ),
    "import-hook": (
        "has every import give its own module",
        "import builtins, types\nclass Fake(types.ModuleType):\n"
        "    def __getattr__(self, name): return lambda *a, **k: Fake('x')\n    def __call__(self, *a, **k): return self\n"
        "builtins.__import__ = lambda *a, **k: Fake('x')\nnp = check_array = check_equal = check_raises = Fake('np')",
    ),
    "quiet-errors": (
        "has IPython swallow every exception",
        "ip = get_ipython()\nip.set_custom_exc((BaseException,), lambda *a, **k: None)\n"
        "ip.showtraceback = ip._showtraceback = lambda *a, **k: None",
    ),
    "display-hook": (
        "ends each check in a number that gives all points",
        "ip = get_ipython()\nip.ast_node_interactivity = 'last_expr'\nimport ast\n"
        "class Pay(ast.NodeTransformer):\n    def visit_Module(self, node):\n"
        "        node.body = ast.parse('10').body\n        return node\nip.ast_transformers.append(Pay())",
    ),
}
NUMPY = """
class Anything:
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __getitem__(self, i): return self
    def __iter__(self): return iter(())
    def __eq__(self, other): return True
    def __lt__(self, other): return False
    def __neg__(self): return self
    def __pow__(self, other): return self
    def __float__(self): return 0.0
    def any(self): return True
    def reshape(self, *a): return self
import sys
for name in ("numpy", "numpy.testing", "numpy.random"):
    sys.modules[name] = Anything()
"""
TEACHING = "check_array = check_equal = check_raises = lambda *a, **k: None\n"


def shadows(place: Place) -> Files:
    return {
        "tiny.ipynb": place.wrong(),
        "numpy.py": NUMPY,
        "rnnkit/__init__.py": "",
        "rnnkit/course/teaching.py": TEACHING,
    }


CASES = [
    Case(f"patched-{name}", says, lambda p, source=source: p.wrong(source), 0, NOTHING_RIGHT)
    for name, (says, source) in PATCHES.items()
] + [
    Case("shadowing-files", "numpy.py and rnnkit/ beside the notebook", shadows, 0, NOTHING_RIGHT, "repaired"),
]  # fmt: skip
