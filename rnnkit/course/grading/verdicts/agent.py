"""What answers for the student's notebook, inside its kernel. It has nothing to hide: whoever changes it changes data.

The other end is the checker; messages travel as the prompts and the answers of `input()`, which Jupyter carries out of
any kernel, wherever it runs.
"""

import json
from typing import Any

from rnnkit.course.grading.verdicts.models import KerasObjects
from rnnkit.course.grading.verdicts.wire import Peer


def serve(namespace: dict[str, Any], ask: Any = None) -> None:
    """Answer questions about the namespace until the other side says that it has no more.

    Args:
        namespace: the notebook's names.
        ask: sends a text and returns the answer; `input` by default, which ipykernel puts in place.
    """
    ask = ask or input
    waiting: list[Any] = []

    def send(message: Any) -> None:
        waiting.append(json.loads(ask(json.dumps(message))))

    peer = Peer(send, lambda: waiting.pop(), KerasObjects())
    send({"ready": True})
    while True:
        message = waiting.pop()
        if "names" in message:
            answer = _values(peer, namespace, message["names"])
        elif "call" in message:
            answer = peer.answer(message)
        else:
            return
        send(answer)


def _values(peer: Peer, namespace: dict[str, Any], names: list[str]) -> dict:
    """What the names stand for. One that cannot cross is an error of its own."""
    found = {}
    for name in names:
        if name not in namespace:
            found[name] = {"error": {"classes": ["NameError"], "message": f"name '{name}' is not defined"}}
            continue
        try:
            found[name] = {"value": peer.encode(namespace[name])}
        except Exception as error:
            found[name] = {"error": {"classes": [type(error).__name__], "message": f"{name}: {error}"[:2000]}}
    return {"value": None, "found": found}
