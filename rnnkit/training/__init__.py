"""Rules of learning beside plain backpropagation through time."""

from rnnkit.training.ekf import EKFTrainer
from rnnkit.training.rtrl import RTRLTrainer, sensitivities
from rnnkit.training.teacher_forcing import (
    ScheduledSampling,
    TeacherForcedCell,
    TeacherForcing,
    exponential_decay,
    inverse_sigmoid_decay,
    linear_decay,
)
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
