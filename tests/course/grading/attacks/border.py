"""Wrong answers, and forged messages where the checker asks for the student's values."""

from dataclasses import replace

from tests.course.grading.attacks.case import Case

WHY = "every answer is wrong"
# The agent is the student's end of the border: it can be replaced by anything.
AGENT = """
import json, sys, types
from rnnkit.course.grading.verdicts import agent
def serve(namespace, ask=None):
    def answer(text):
        reply = (ask or input)(text)
        if json.loads(reply) == {'done': True}:
            raise KeyboardInterrupt
        return reply
{body}
agent.serve = serve
"""


def forged(body: str):
    """The agent replaced by another, which ends when it is told to. Where it does not, five seconds are lost for each check."""
    indented = "\n".join("    " + line for line in body.strip("\n").split("\n"))
    return lambda place: place.wrong(AGENT.replace("{body}", indented))


READY = "m = json.loads(answer(json.dumps({'ready': True})))\n"
FUNCTIONS = "found = {n: {'value': {'$': 'mine', 'number': 0, 'name': n}} for n in ('total', 'apply', 'table')}\n"
NAMES = READY + FUNCTIONS + "m = json.loads(answer(json.dumps({'value': None, 'found': found})))\n"


def answering(value: str) -> str:
    return NAMES + f"while True:\n    m = json.loads(answer({value}))"


VERDICTS = """
for m in ({'verdict': {'grade_id': 'check_total', 'points': 10.0, 'reason': ''}}, {'end': True}, {'ended': 0},
          {'begin': '{}'}, {'ready': True}, {'to kernel': 1}, {'check': 'check_apply'}, {'points': 10}, 10.0, True, None):
    answer(json.dumps(m))
"""
GARBAGE = """
for text in ('', 'x', '{', '[1, 2', '\\ud800', 'NaN', '1e999', '-', '"' * 1000, '\\0', '9' * 5000):
    answer(text)
"""
SURROGATE = (
    READY
    + r"""
found = {n: {'error': {'classes': ['x'], 'message': '\ud800 [/bold] \x1b[31m <script>alert(1)</script>'}} for n in ('total', 'apply')}
answer(json.dumps({'value': None, 'found': found}))
"""
)
BIG_NUMBER = answering("json.dumps({'value': 10**4000})")
DEEP_AT_ONCE = "answer('[' * 100_000)"
DEEP = answering("json.dumps({'value': 0}).replace('0', '[' * 900 + ']' * 900)")
HUGE = NAMES + "answer(json.dumps({'value': 'x' * 200_000_000}))"
LARGE = NAMES + "answer('{\"value\": [' + '[],' * 20_000_000 + '1]}')"
BOMB = answering("json.dumps({'value': {'$': 'array', 'dtype': '<f8', 'shape': [10**9, 10**9], 'values': ''}})")
RANGE = answering("json.dumps({'value': {'$': 'range', 'items': [0, 10**15, 1]}})")
CALLBACKS = (
    NAMES
    + """
while True:
    m = json.loads(answer(json.dumps({'call': 0, 'arguments': [], 'named': {}})))
"""
)
EVERY_FUNCTION = (
    NAMES
    + """
for number in range(50):
    m = json.loads(answer(json.dumps({'call': number, 'arguments': [{'$': 'yours', 'number': number}], 'named': {}})))
    print(m)
"""
)
ERRORS = (
    NAMES
    + """
for name in ('AssertionError', 'SystemExit', 'KeyboardInterrupt', 'EOFError', 'StopIteration', 'GeneratorExit',
             'BaseException', 'MemoryError', 'RecursionError', 'Warning', 'ExceptionGroup', 'UnicodeError') * 3:
    m = json.loads(answer(json.dumps({'error': {'classes': [name, 5, None], 'message': {'a': 1}}})))
"""
)
LEFT = (
    NAMES
    + """
zeros = lambda a: dict(a, values='A' * len(a['values'])) if isinstance(a, dict) and '$' in a and 'values' in a else a
for value in (15.0, True, 0.0, 0, 0.0, 0.0):
    arguments = m.get('arguments', [])
    print(arguments)
    left = [zeros(a) for a in arguments]
    m = json.loads(answer(json.dumps({'value': value, 'left': left})))
"""
)
LEFT_WRONG = answering(
    "json.dumps({'value': 1, 'left': [{'$': 'x'}, {'$': 'array'}, 5, 'x', [[[]]], {'$': 'yours', 'number': -1}]})"
)
OBJECTS = answering("""json.dumps({'value': {'$': 'dict', 'items': [[{'$': 'dict', 'items': []}, 1], [2]]}})""")
KINDS = """
for v in ({'$': 'object'}, {'$': 'object', 'kind': 'same', 'id': []}, {'$': []}, {'$': 'dict', 'items': [1]},
          {'$': 'complex', 'value': [1]}, {'$': 'set', 'items': [[1]]}, {'$': 'float', 'value': 'inf'},
          {'$': 'generator', 'state': {'state': -1, 'inc': 'x', 'has_uint32': 0, 'uinteger': 0}},
          {'$': 'array', 'dtype': 'O', 'shape': [1], 'values': 'AAAA'}, {'$': 'array', 'dtype': '(2,)f8', 'shape': [], 'values': ''},
          {'$': 'array', 'dtype': 'f8', 'shape': [-1], 'values': ''}, {'$': 'array', 'dtype': 'U', 'shape': [1], 'values': [{}]},
          {'$': 'yours', 'number': True}, {'$': 'mine', 'number': 10**30, 'name': {}}):
    m = json.loads(answer(json.dumps({'value': v, 'left': [v]})))
"""
GONE = "import sys\nsys.modules['rnnkit.course.grading.verdicts.agent'] = None\nsys.modules['rnnkit.course.grading.verdicts.wire'] = None"
OBJECT_CALLS = """
class Function:
    calls = 0
    def __call__(self, x):
        Function.calls += 1
        return -1.0
    @property
    def __name__(self):
        raise SystemExit
    __class__ = property(lambda self: float)
total = Function()
"""
FORGED_STDIN = """
import json, threading
kernel = get_ipython().kernel
def ask(*a, **k):
    for text in ('{"ready": true}', '{"value": null, "found": {"total": {"value": 15.0}, "apply": {"value": 1}}}',
                 '{"value": 15.0}', '{"verdict": {"grade_id": "check_total", "points": 10, "reason": ""}}') * 20:
        kernel.session.send(kernel.stdin_socket, 'input_request', {'prompt': text, 'password': False},
                            parent=kernel.get_parent(), ident=kernel._parent_ident['shell'])
get_ipython().events.register('pre_run_cell', ask)
"""

CASES = [
    Case("border-agent-gone", "the agent cannot be loaded", lambda p: p.wrong(GONE), 0, WHY),
    Case("border-verdicts", "messages that hold a verdict", forged(VERDICTS), 0, WHY),
    Case("border-garbage", "prompts that are no data", forged(GARBAGE), 0, WHY),
    Case("border-half-character", "an error's text that no file can hold", forged(SURROGATE), 0, WHY),
    Case("border-expected", "says 15 to whatever is asked", forged(answering("json.dumps({'value': 15.0})")), 0, WHY),
    Case("border-nan", "says NaN, unquoted", forged(answering("'{\"value\": NaN}'")), 0, WHY),
    Case("border-true", "says true", forged(answering("json.dumps({'value': True})")), 0, WHY),
    Case("border-number", "a number of 4,000 digits", forged(BIG_NUMBER), 0, WHY),
    Case("border-deep", "lists nested 900 deep", forged(DEEP), 0, WHY),
    Case("border-deeper", "a hundred thousand brackets", forged(DEEP_AT_ONCE), 0, WHY),
    Case("border-array-bomb", "an array of 10^18 numbers without data", forged(BOMB), 0, WHY),
    Case("border-range", "a range of 10^15 numbers", forged(RANGE), 0, WHY, "marked|died"),
    Case(
        "border-many-lists",
        "20 million lists in one message",
        forged(LARGE),
        0,
        WHY,
        "marked|died|timed out|out of memory",
        group="short",
    ),
    Case(
        "border-huge", "a message of 200 MB", forged(HUGE), 0, WHY, "marked|died|timed out|out of memory", group="short"
    ),
    Case("border-callbacks", "calls back without end", forged(CALLBACKS), 0, WHY, "timed out|marked", group="short"),
    Case("border-functions", "calls all functions of the checker's", forged(EVERY_FUNCTION), 0, WHY),
    Case("border-errors", "errors of every kind", forged(ERRORS), 0, WHY, "marked|died"),
    Case("border-left", "says that its arguments were changed", forged(LEFT), 0, WHY),
    Case("border-left-wrong", "changed arguments that are no data", forged(LEFT_WRONG), 0, WHY),
    Case("border-keys", "dicts as keys", forged(OBJECTS), 0, WHY),
    Case("border-kinds", "values of kinds that there are not", forged(NAMES + KINDS), 0, WHY),
    Case(
        "border-odd-object", "a function that is a float and has no name", lambda p: p.wrong(total=OBJECT_CALLS), 0, WHY
    ),
    Case("border-forged-stdin", "answers before it is asked", lambda p: p.wrong(FORGED_STDIN), 0, WHY, "marked|died"),
]
# Plain nbgrader has no border: the checks run among the student's own code.
CASES = [
    replace(case, plain=False, harm="there is no border: the checks run in the student's kernel") for case in CASES
]
