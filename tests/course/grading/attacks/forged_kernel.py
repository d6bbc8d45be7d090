"""Wrong answers, and messages of the kernel's that say otherwise, signed with its own key."""

from tests.course.grading.attacks.case import Case

WHY = "every answer is wrong"
KERNEL = "kernel = get_ipython().kernel\n"
SEND = (
    KERNEL
    + """
def forge(kind, content, socket=None, parent=None):
    parent = parent or kernel.get_parent()
    kernel.session.send(socket or kernel.iopub_socket, kind, content, parent=parent, ident=None)
"""
)
EACH = "get_ipython().events.register('pre_run_cell', lambda info: {call})"
NAN = "{'data': {'text/plain': 'nan'}, 'metadata': {}, 'execution_count': 1}"
RESULT = "{'data': {'text/plain': '10'}, 'metadata': {}, 'execution_count': 1}"
TOO_MUCH = "{'data': {'text/plain': '1000'}, 'metadata': {}, 'execution_count': 1}"
STUB = (
    KERNEL
    + """
async def do_execute(code, silent, *a, **k):
    return {'status': 'ok', 'execution_count': 1, 'payload': [], 'user_expressions': {}}
kernel.do_execute = do_execute
type(kernel).do_execute = lambda self, *a, **k: do_execute(*a)
"""
)
OTHER_KERNEL = '''
import json, os, sys
SOURCE = """
import json, sys
from jupyter_client.session import Session
import zmq
info = json.load(open(sys.argv[1]))
session = Session(key=info["key"].encode(), signature_scheme=info["signature_scheme"])
context = zmq.Context()
kinds = dict(shell=zmq.ROUTER, control=zmq.ROUTER, stdin=zmq.ROUTER, iopub=zmq.PUB, hb=zmq.REP)
sockets = {}
for name, kind in kinds.items():
    sockets[name] = context.socket(kind)
    port = info[name + "_port"]
    ipc = info["transport"] == "ipc"
    address = "ipc://%s-%s" % (info["ip"], port) if ipc else "tcp://%s:%s" % (info["ip"], port)
    if ipc:
        import os
        if os.path.exists("%s-%s" % (info["ip"], port)):
            os.unlink("%s-%s" % (info["ip"], port))
    sockets[name].bind(address)
poller = zmq.Poller()
for name in ("shell", "control", "hb"):
    poller.register(sockets[name], zmq.POLLIN)
while True:
    for socket, _ in poller.poll():
        if socket is sockets["hb"]:
            socket.send(socket.recv())
            continue
        idents, message = session.recv(socket, mode=0)
        kind = message["header"]["msg_type"].replace("_request", "_reply")
        session.send(sockets["iopub"], "status", {"execution_state": "busy"}, parent=message)
        session.send(socket, kind, {"status": "ok", "execution_count": 1}, parent=message, ident=idents)
        session.send(sockets["iopub"], "status", {"execution_state": "idle"}, parent=message)
"""
path = sys.argv[sys.argv.index("-f") + 1]
kernel = get_ipython().kernel
header = kernel.get_parent()
for name, content in (("shell", {"status": "ok", "execution_count": 1}),):
    kernel.session.send(kernel.shell_stream, "execute_reply", content, parent=header, ident=kernel._shell_parent_ident.get()
                        if hasattr(kernel, "_shell_parent_ident") and hasattr(kernel._shell_parent_ident, "get") else None)
kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "idle"}, parent=header)
import time
time.sleep(0.5)
os.closerange(3, 1000)
os.execv(sys.executable, [sys.executable, "-c", SOURCE, path])
'''
REPLY = """
import threading
def reply():
    forge('execute_reply', {'status': 'ok', 'execution_count': 1, 'payload': [], 'user_expressions': {}},
          kernel.shell_stream)
    forge('status', {'execution_state': 'idle'})
"""
BAD_OUTPUTS = """
deep = []
for _ in range(450):
    deep = [deep]
for content in (
    {'name': 5, 'text': ['x']},
    {'name': 'stdout', 'text': {'a': 1}},
    {'name': 'stdout', 'text': '\\ud800 half a character'},
):
    forge('stream', content)
for data in ({'text/plain': 7}, {'text/html': ['a', 3]}, {'application/json': deep}, {'image/png': None}, ['x'], {'a': {'b': 1}}):
    forge('display_data', {'data': data, 'metadata': 'none', 'transient': {}})
    forge('execute_result', {'data': data, 'metadata': {}, 'execution_count': 'first'})
forge('error', {'ename': 7, 'evalue': None, 'traceback': 'x'})
forge('execute_input', {'code': 'x', 'execution_count': [1, 2]})
forge('update_display_data', {'data': {}, 'metadata': {}, 'transient': {'display_id': 'x'}})
forge('comm_open', {'comm_id': 'x', 'target_name': 'jupyter.widget', 'data': {'state': {}}})
forge('clear_output', {'wait': True})
forge('clear_output', {})
"""
SURROGATE = "forge('stream', {'name': 'stdout', 'text': '\\ud800'})"
RAW = """
import json
def raw(content):
    msg = kernel.session.msg('stream', {}, parent=kernel.get_parent())
    parts = [kernel.session.pack(msg[k]) for k in ('header', 'parent_header', 'metadata')] + [content]
    kernel.iopub_socket.send_multipart([b'stream', b'<IDS|MSG>', kernel.session.sign(parts), *parts])
raw(b'{"name": "stdout", "text": "\\\\ud800 half a character"}')
"""
DEEP = """
deep = {}
for _ in range(450):
    deep = {'a': deep}
forge('display_data', {'data': {'application/json': deep}, 'metadata': {}})
"""
NUMBERS = "forge('execute_result', {'data': {'text/plain': 7}, 'metadata': 'none', 'execution_count': 'first'})"
STREAM = "forge('stream', {'name': 5, 'text': {'a': [1]}})"
COUNT = "forge('execute_input', {'code': 'x', 'execution_count': {'a': 1}})"
WIDGETS = """
forge('comm_open', {'comm_id': 'x', 'target_name': 'jupyter.widget', 'data': {'state': {
    '_model_module': '@jupyter-widgets/output', '_model_name': 'OutputModel', 'msg_id': '', 'outputs': []}}})
for number in range(60):
    forge('comm_msg', {'comm_id': f'y{number}', 'data': {'state': {'value': 'z' * 1_000_000}}})
forge('comm_msg', {'comm_id': 'x', 'data': {'method': 'update', 'state': {'msg_id': kernel.get_parent()['header']['msg_id']}}})
"""
UPDATES = """
from IPython.display import display, update_display
for _ in range(8):
    display('x', display_id='one')
update_display('x' * 20_000_000, display_id='one')
"""
LISTS = """
content = b'{"data": {"application/json": [' + b'[],' * 10_000_000 + b'[]]}, "metadata": {}}'
for _ in range(3):
    forge('display_data', content)
"""
FLOOD = "for number in range(30_000):\n    forge('display_data', {'data': {'text/plain': str(number)}, 'metadata': {}})"
WRONG_KEY = """
kernel.session.key = b'another key'
print('nobody reads this')
"""

CASES = [
    Case(
        "forged-result", "an execute_result of all points before each check",
        lambda p: p.wrong(SEND, EACH.format(call=f"forge('execute_result', {RESULT})")), 0, WHY,
    ),
    Case(
        "forged-too-much",
        "an execute_result of 1000 points before each check",
        lambda p: p.wrong(SEND, EACH.format(call=f"forge('execute_result', {TOO_MUCH})")),
        0,
        WHY,
    ),
    Case(
        "forged-nan", "an execute_result nan, which counts as full marks",
        lambda p: p.wrong(SEND, EACH.format(call=f"forge('execute_result', {NAN})")), 0, WHY,
    ),
    Case(
        "forged-idle", "each cell is said to be done before it runs",
        lambda p: p.wrong(SEND + REPLY, EACH.format(call="reply()")), 0, WHY, "marked|died|timed out",
    ),
    Case("stubbed-kernel", "a kernel that runs nothing and says ok", lambda p: p.wrong(STUB), 0, WHY),
    Case(
        "exchanged-kernel", "another program takes the kernel's place", lambda p: p.wrong(OTHER_KERNEL), 0, WHY,
        "marked|timed out|died", group="short",
    ),
    Case("wrong-key", "the kernel signs with another key", lambda p: p.right(KERNEL + WRONG_KEY), 0, "nothing can be believed",
        "timed out|died", group="short",
    ),
    Case("output-half-character", "an output that no file can hold", lambda p: p.right(SEND, RAW), 30, "the work is right"),
    Case("output-deep", "an output nested 450 deep", lambda p: p.right(SEND, DEEP), 30, "the work is right", "marked|died"),
    Case("output-no-text", "a result that is no text", lambda p: p.right(SEND, NUMBERS), 30, "the work is right"),
    Case("output-no-stream", "a stream that is none", lambda p: p.right(SEND, STREAM), 30, "the work is right"),
    Case("output-count", "an execution count that is none", lambda p: p.right(SEND, COUNT), 30, "the work is right"),
    Case("output-widgets", "60 MB of widgets' states", lambda p: p.right(SEND, WIDGETS), 30, "the work is right"),
    Case(
        "output-updates", "one update of 20 MB for eight displays", lambda p: p.right(SEND, UPDATES), 30,
        "the work is right", plain=False, harm="no limit: keeps 160 MB",
    ),
    Case(
        "output-lists", "three messages of 10 million lists each", lambda p: p.right(SEND, LISTS), 30,
        "the work is right", plain=False, harm="no limit: reads them all, 1.6 GB",
    ),
    Case("output-flood", "30,000 outputs", lambda p: p.right(SEND, FLOOD), 30, "the work is right"),
]  # fmt: skip
