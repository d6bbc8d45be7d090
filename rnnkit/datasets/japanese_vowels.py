"""Two vowels said by nine speakers: who is it? With the official split."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnkit.datasets._packages import package_file

_PACKAGE, _VERSION = "aeon", "1.6.0"
_FOLDER = "aeon/datasets/data/JapaneseVowels/JapaneseVowels"
_SHA256 = {
    "TRAIN": "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
    "TEST": "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
}


@dataclass(frozen=True)
class Vowels:
    """Utterances of a part of the data.

    Attributes:
        sequences: one float64 array of shape (7 to 29 frames, 12) each: LPC cepstrum coefficients.
        speakers: who says it, 0 to 8, shape (utterances,).
        source: where the recordings come from, and their licence.
    """

    sequences: list[np.ndarray]
    speakers: np.ndarray
    source: str


def load_japanese_vowels(folder: str | Path | None = None) -> tuple[Vowels, Vowels]:
    """Read the utterances of /ae/ by nine men: the official 270 to learn from, 30 a speaker, and 370 to be tested on.

    Args:
        folder: one of your own with JapaneseVowels_TRAIN.ts and JapaneseVowels_TEST.ts, in the same format.

    Returns:
        Training and test part.

    Raises:
        FileNotFoundError: the data package, or a file of your own, is not there.
        ValueError: a file that is not the expected one, or not in the format.

    Source:
        M. Kudo, J. Toyama and M. Shimbo, Multidimensional Curve Classification Using Passing-Through Regions (1999);
        UCI Machine Learning Repository, Japanese Vowels. Read from the Python package aeon 1.6.0, BSD 3-Clause, whose
        code is never imported.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> for part in ("TRAIN", "TEST"):
        ...     _ = (folder / f"JapaneseVowels_{part}.ts").write_text("@data\\n1.0,2.0:3.0,4.0:2\\n")
        >>> train, test = load_japanese_vowels(folder)
        >>> train.sequences[0].tolist(), train.speakers.tolist()
        ([[1.0, 3.0], [2.0, 4.0]], [1])
    """
    return _part("TRAIN", folder), _part("TEST", folder)


def _part(part: str, folder: str | Path | None) -> Vowels:
    if folder is None:
        file = package_file(_PACKAGE, _VERSION, f"{_FOLDER}_{part}.ts", _SHA256[part])
        source = "Python package aeon 1.6.0, JapaneseVowels (UCI; Kudo, Toyama and Shimbo 1999), BSD 3-Clause"
    else:
        file = Path(folder) / f"JapaneseVowels_{part}.ts"
        source = str(file)
        if not file.is_file():
            raise FileNotFoundError(f"folder: expected the file {file}, which does not exist.")
    _, found, data = file.read_text(encoding="utf-8").partition("@data")
    lines = data.split()
    if not found or not lines:
        raise ValueError(f"{file.name}: expected lines after @data, received none.")
    sequences, speakers = [], []
    for row, line in enumerate(lines, 1):
        *channels, speaker = line.split(":")
        try:
            sequence = np.array([[float(value) for value in channel.split(",")] for channel in channels]).T
            speakers.append(int(speaker) - 1)
        except ValueError:
            raise ValueError(
                f"{file.name}: expected channels of equal lengths and a speaker's number, separated by colons, "
                f"received another line {row} after @data."
            ) from None
        if sequence.ndim != 2 or not np.all(np.isfinite(sequence)):
            raise ValueError(f"{file.name}: expected finite numbers, received others in line {row} after @data.")
        sequences.append(sequence)
    return Vowels(sequences, np.array(speakers), source)
