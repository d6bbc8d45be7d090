"""What came of a submission, as data."""

import json
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Executed:
    """What came of a submission.

    Attributes:
        status: "marked", "timed out", "out of memory" or "died".
        reason: in words, where the status is not "marked".
        notebook: the notebook with its outputs, as JSON.
        points: of each check, by its grade_id; those that were not reached have 0.
        reasons: why a check has not all its points.
        seconds: from start to end.
        busiest: how many of its processes wanted a processor at a time, at most.
    """

    status: str
    reason: str
    notebook: str
    points: dict[str, float]
    reasons: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    busiest: int = 0

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> "Executed":
        return Executed(**json.loads(text))
