"""Rules of learning beside plain backpropagation through time."""

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
