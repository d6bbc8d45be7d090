"""Rules of learning beside plain backpropagation through time."""

from typing import TYPE_CHECKING

from rnnkit import _lazy

if TYPE_CHECKING:  # what type checkers see, and what marking reads; tests/test_import.py holds it to the table
    from rnnkit.training.ekf import EKFTrainer
    from rnnkit.training.rtrl import RTRLTrainer, sensitivities
    from rnnkit.training.scheduled_sampling import (
        ScheduledSampling,
        exponential_decay,
        inverse_sigmoid_decay,
        linear_decay,
    )
    from rnnkit.training.teacher_forcing import TeacherForcedCell, TeacherForcing
    from rnnkit.training.truncated_bptt import TruncatedBPTT

__all__ = [
    "EKFTrainer",
    "RTRLTrainer",
    "ScheduledSampling",
    "TeacherForcedCell",
    "TeacherForcing",
    "TruncatedBPTT",
    "exponential_decay",
    "inverse_sigmoid_decay",
    "linear_decay",
    "sensitivities",
]

_HOME_OF_NAME = {
    "EKFTrainer": "ekf",
    "RTRLTrainer": "rtrl",
    "sensitivities": "rtrl",
    "ScheduledSampling": "scheduled_sampling",
    "exponential_decay": "scheduled_sampling",
    "inverse_sigmoid_decay": "scheduled_sampling",
    "linear_decay": "scheduled_sampling",
    "TeacherForcedCell": "teacher_forcing",
    "TeacherForcing": "teacher_forcing",
    "TruncatedBPTT": "truncated_bptt",
}

if not TYPE_CHECKING:
    __getattr__ = _lazy.names_of(__name__, _HOME_OF_NAME)


def __dir__() -> list[str]:
    return sorted(__all__)
