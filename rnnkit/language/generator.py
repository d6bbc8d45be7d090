"""A trained word model that writes: saved as a folder, loaded without training."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit._checks import positive_integer
from rnnkit.language.sampling import sample
from rnnkit.language.vocabulary import END, UNKNOWN, Vocabulary, detokenise, tokenise

MODEL_FILE = "model.keras"
VOCABULARY_FILE = "vocabulary.json"


class Generator:
    """A network of words together with the vocabulary that its numbers belong to.

    Args:
        model: Keras Sequential or chain of layers from word numbers (B, T) to logits (B, T, V); recurrent layers in it
            are stepped through their cells.
        vocabulary: V words.

    Raises:
        ValueError: the model's last axis is not V long.
    """

    def __init__(self, model: Any, vocabulary: Vocabulary) -> None:
        if model.output_shape[-1] != len(vocabulary):
            raise ValueError(
                f"vocabulary: expected {model.output_shape[-1]} words, one for each of the model's outputs, received "
                f"{len(vocabulary)}. Give the vocabulary that the model was trained with."
            )
        self.model, self.vocabulary = model, vocabulary
        self._chain = [layer for layer in model.layers if type(layer).__name__ not in ("InputLayer", "Dropout")]
        self._states: list[Any] = []

    def _restart(self) -> None:
        self._states = [
            layer.cell.get_initial_state(batch_size=1) if hasattr(layer, "cell") else None for layer in self._chain
        ]

    def _step(self, number: int) -> np.ndarray:
        """Logits, shape (V,), for the word after `number`; the states move on by one step."""
        import keras

        value = keras.ops.convert_to_tensor([number], dtype="int32")
        for position, layer in enumerate(self._chain):
            if hasattr(layer, "cell"):
                value, self._states[position] = layer.cell(value, self._states[position])
            else:
                value = layer(value)
        return np.asarray(keras.ops.convert_to_numpy(value), dtype=np.float64)[0]

    def logits(self, start: str = "") -> np.ndarray:
        """Logits for the word that follows `start` at the beginning of a recipe.

        Args:
            start: the recipe's first words; empty for its beginning.

        Returns:
            Shape (V,).

        Raises:
            ValueError: a word of `start` is not in the vocabulary.
        """
        words = tokenise(start)
        missing = [word for word in words if word not in self.vocabulary]
        if missing:
            raise ValueError(
                f"start: expected words of the model's vocabulary, received {missing[0]!r}, which was seen too rarely "
                "or never. Try a common word, for example 'chocolate'."
            )
        self._restart()
        z = self._step(self.vocabulary.encode([END])[0])
        for number in self.vocabulary.encode(words):
            z = self._step(number)
        return z

    def generate(self, start: str = "", words: int = 120, temperature: float = 0.7, seed: int | None = None) -> str:
        """Write a recipe, word by word; it stops where the model ends it, or after `words` words.

        The mark for unknown words is never written: its probability is shared among the others.

        Args:
            start: the recipe's first words, kept in the result.
            words: greatest number of words to add, positive.
            temperature: τ > 0; below 1 safer, above 1 bolder.
            seed: the same seed gives the same recipe; None for another one each time.

        Returns:
            The recipe as a text, one line for the title, each ingredient and each step.

        Raises:
            ValueError: words or temperature not positive, or a word of `start` that the model does not know.
        """
        positive_integer("words", words, "at least 1")
        rng = np.random.default_rng(seed)
        end, unknown = (int(number) for number in self.vocabulary.encode([END, UNKNOWN]))
        z = self.logits(start)
        written = tokenise(start)
        for _ in range(words):
            z[unknown] = -np.inf
            number = sample(z, temperature, rng)
            if number == end:
                break
            written += self.vocabulary.decode([number])
            z = self._step(number)
        return detokenise(written)

    def save(self, folder: str | Path) -> Path:
        """Write `model.keras` and `vocabulary.json` into a folder, both or neither.

        Args:
            folder: made, or replaced when it holds an older model.

        Returns:
            The folder.

        Raises:
            ValueError: the folder holds something else.
        """
        folder = Path(folder)
        if folder.exists() and not (folder / MODEL_FILE).is_file() and (folder.is_file() or any(folder.iterdir())):
            raise ValueError(f"folder: expected a new folder or a saved model's, received {folder}. Choose another.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            (beside / "new").mkdir()
            self.model.save(beside / "new" / MODEL_FILE)
            self.vocabulary.save(beside / "new" / VOCABULARY_FILE)
            _swap(beside / "new", folder, beside)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return folder


def _swap(new: Path, folder: Path, beside: Path, tries: int = 20) -> None:
    """Put `new` in the place of `folder`; again when another process has just done the same."""
    for attempt in range(tries):
        try:
            if folder.exists():
                os.replace(folder, beside / f"old{attempt}")
            os.replace(new, folder)
            return
        except OSError:
            if attempt == tries - 1:
                raise


def default_folder(build: Path | None = None) -> Path:
    """Folder of the best trained recipe model: of the profile full, else quick, else check.

    Args:
        build: the build folder; by default RNNKIT_BUILD, or `build` in the current folder.
    """
    build = build or Path(os.environ.get("RNNKIT_BUILD", "build"))
    folders = [build / "models" / f"recipes-{profile}" for profile in ("full", "quick", "check")]
    return next((folder for folder in folders if folder.is_dir()), folders[1])


def load(path: str | Path | None = None) -> Generator:
    """Load a trained recipe model.

    Args:
        path: folder that `Generator.save` wrote; None for `default_folder()`, where unit 04_recipes leaves one.

    Raises:
        FileNotFoundError: no such folder, or a file missing in it.
        ValueError: a damaged file, or a model and a vocabulary that do not belong together.
    """
    folder = default_folder() if path is None else Path(path)
    remedy = "Train one: run the notebook 04_recipes."
    for file in (folder / MODEL_FILE, folder / VOCABULARY_FILE):
        if not file.is_file():
            raise FileNotFoundError(f"path: expected a saved recipe model with {file}, which is missing. {remedy}")
    vocabulary = Vocabulary.load(folder / VOCABULARY_FILE)

    import keras

    try:
        model = keras.saving.load_model(folder / MODEL_FILE, compile=False)
    except Exception as error:
        raise ValueError(
            f"path: expected a saved Keras model, received {folder / MODEL_FILE}, which is damaged "
            f"({type(error).__name__}). Delete the folder. {remedy}"
        ) from error
    return Generator(model, vocabulary)
