"""Unit 04: recipes as numbers, held out by recipe, and a training that can be stopped and resumed."""

import csv
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit.datasets import Recipe
from rnnkit.language import END, Vocabulary, tokenise, windows


@dataclass(frozen=True)
class Corpus:
    """Recipes as word numbers, some of them held out; each ends with the number of `END`."""

    vocabulary: Vocabulary
    train: list[list[int]]
    test: list[list[int]]

    @property
    def train_stream(self) -> np.ndarray:
        """All training recipes as one text that also starts with `END`, shape (N,)."""
        return np.concatenate([[0], *self.train]).astype(np.int32)

    @property
    def test_stream(self) -> np.ndarray:
        """All held-out recipes as one text that also starts with `END`, shape (N,)."""
        return np.concatenate([[0], *self.test]).astype(np.int32)

    @property
    def word_frequencies(self) -> np.ndarray:
        """Relative frequencies of the words in the training text, one added to each count, shape (V,)."""
        counts = np.bincount(self.train_stream, minlength=len(self.vocabulary)) + 1.0
        return counts / counts.sum()


def split_corpus(recipes: Sequence[Recipe], held_out: float = 0.1, min_count: int = 5, seed: int = 0) -> Corpus:
    """Hold out whole recipes at random and number the words; the vocabulary comes from the other recipes alone.

    Recipes with the same text are kept once, so none is on both sides.

    Args:
        recipes: at least 2 with different texts.
        held_out: share of the recipes to hold out, between 0 and 1.
        min_count: words seen less often in training become `UNKNOWN`, on both sides.
        seed: for the split.

    Raises:
        ValueError: too few recipes, or a share that is not between 0 and 1.

    Example:
        >>> from rnnkit.datasets import generate_recipes
        >>> corpus = split_corpus(generate_recipes(50), held_out=0.2, min_count=2)
        >>> len(corpus.train), len(corpus.test)
        (40, 10)
    """
    if not 0 < held_out < 1:
        raise ValueError(f"held_out: expected a share between 0 and 1, received {held_out}.")
    texts = list(dict.fromkeys(recipe.text for recipe in recipes))
    if len(texts) < 2:
        raise ValueError(f"recipes: expected at least 2 different ones, received {len(texts)}. Give more recipes.")
    words = [[*tokenise(text), END] for text in texts]
    order = np.random.default_rng(seed).permutation(len(words))
    count = min(len(words) - 1, max(1, round(held_out * len(words))))
    test, train = [words[i] for i in order[:count]], [words[i] for i in order[count:]]
    vocabulary = Vocabulary(train, min_count)
    return Corpus(
        vocabulary,
        [vocabulary.encode(text).tolist() for text in train],
        [vocabulary.encode(text).tolist() for text in test],
    )


def word_network(frequencies: np.ndarray, dropout: float = 0.0) -> Any:
    """The unit's network, not compiled: look-up with 128 columns, LSTM with 256 units, logits over the words.

    Args:
        frequencies: of the words, shape (V,); the last bias starts at their logarithms, at the unigram's perplexity.
        dropout: before and after the LSTM.

    Returns:
        A model from word numbers (B, T) to logits (B, T, V).
    """
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(shape=(None,), dtype="int32"),
            layers.Embedding(len(frequencies), 128),
            layers.Dropout(dropout),
            layers.LSTM(256, return_sequences=True),
            layers.Dropout(dropout),
            layers.Dense(len(frequencies)),
        ]
    )
    model.layers[-1].bias.assign(np.log(frequencies))
    return model


@dataclass(frozen=True)
class History:
    """Perplexity while training, one value a part.

    `words` holds the numbers of words trained on, `train` the perplexity on the part's own words (measured while the
    weights change), `test` that on a sample of held-out windows after the part.
    """

    words: np.ndarray
    train: np.ndarray
    test: np.ndarray


def train_in_parts(
    model: Any,
    corpus: Corpus,
    folder: Path,
    *,
    steps: int,
    parts: int = 10,
    batch: int = 32,
    length: int = 50,
    seed: int = 0,
    callbacks: Sequence[Any] = (),
    report: bool = True,
) -> History:
    """Train for a number of steps; when stopped and called again, go on where the last whole part ended.

    The training is cut into equal parts, which Keras sees as its epochs, so that `keras.callbacks.BackupAndRestore`
    saves weights, optimizer and position after each. The order of the windows is drawn once, from `seed`: each pass
    over the text has its own, and a resumed training sees the windows that an unbroken one would have seen.
    Dropout draws other masks after a resumption: Keras's backup does not hold the state of its random numbers.

    Args:
        model: compiled Keras model from word numbers (B, T) to logits (B, T, V).
        corpus: training and held-out recipes.
        folder: for the backup; another model, text or length of training gets another backup. Removed at the end.
        steps: updates of the weights in all; rounded up to a multiple of `parts`.
        parts: how many.
        batch: windows an update.
        length: words in a window.
        seed: for the order of the windows.
        callbacks: more of Keras's callbacks.
        report: print a line after each part.

    Returns:
        The whole training's history, the parts before an interruption included.

    Raises:
        ValueError: steps, parts or batch not positive, or a text shorter than a window.
    """
    import keras

    for name, value in (("steps", steps), ("parts", parts), ("batch", batch)):
        if value < 1:
            raise ValueError(f"{name}: expected at least 1, received {value}.")
    inputs, targets = windows(corpus.train_stream, length)
    steps_in_part = -(-steps // parts)
    order = window_order(len(inputs), parts * steps_in_part * batch, seed).reshape(parts, steps_in_part, batch)

    class Parts(keras.utils.PyDataset):
        """Batches of the part that the optimizer's own count of updates says comes next."""

        part = 0

        def __len__(self) -> int:
            return steps_in_part

        def on_epoch_begin(self) -> None:
            self.part = min(int(model.optimizer.iterations) // steps_in_part, parts - 1)

        def __getitem__(self, step: int) -> tuple[np.ndarray, np.ndarray]:
            chosen = order[self.part, step]
            return inputs[chosen], targets[chosen]

    position = (steps_in_part, parts, batch, length, seed)
    backup = Path(folder) / _fingerprint(model, corpus.train_stream, position)
    with _held_alone(backup) as backup:
        log = backup / "history.csv"
        model.fit(
            Parts(),
            epochs=parts,
            shuffle=False,
            validation_data=_sample_windows(corpus, length),
            validation_batch_size=max(batch, 32),
            verbose=0,
            callbacks=[
                # The log is written before the backup, so a part that is in the backup is in the log.
                keras.callbacks.CSVLogger(log, append=True),
                keras.callbacks.BackupAndRestore(backup / "keras", double_checkpoint=True),
                *([_report(parts)] if report else []),
                *callbacks,
            ],
        )
        history = _read_history(log, steps_in_part * batch * length)
        shutil.rmtree(backup)
    return history


@contextmanager
def _held_alone(folder: Path) -> Iterator[Path]:
    """The folder for this process alone; a temporary one where another process is at the same training."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock, tempfile.TemporaryDirectory() as other:
        try:
            import fcntl  # not on Windows, where nothing is locked

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass
        except OSError:
            folder = Path(other) / folder.name
        folder.mkdir(exist_ok=True)
        yield folder


def window_order(count: int, total: int, seed: int) -> np.ndarray:
    """Numbers of windows in the order of training, shape (total,): one random order of all `count` after another."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(count) for _ in range(-(-total // count))])[:total]


def _fingerprint(model: Any, text: np.ndarray, position: tuple[int, ...]) -> str:
    """Name for what a backup belongs to: layers, optimizer, text, sizes; not their names, which Keras numbers."""
    import keras

    configs = [{**layer.get_config(), "name": type(layer).__name__} for layer in model.layers]
    optimizer = keras.optimizers.serialize(model.optimizer)
    optimizer["config"].pop("name")
    described = json.dumps([configs, optimizer, position], default=str, sort_keys=True)
    return hashlib.sha256(described.encode() + text.tobytes()).hexdigest()[:16]


def _sample_windows(corpus: Corpus, length: int, most: int = 128) -> tuple[np.ndarray, np.ndarray]:
    """Held-out windows, evenly spread, for the picture of the training; they decide nothing."""
    stream = corpus.test_stream
    inputs, targets = windows(stream, min(length, len(stream) - 1))
    chosen = np.unique(np.linspace(0, len(inputs) - 1, most).astype(int))
    return inputs[chosen], targets[chosen]


def _read_history(log: Path, words_in_part: int) -> History:
    with log.open(newline="") as file:
        rows = {int(row["epoch"]): row for row in csv.DictReader(file)}
    parts = sorted(rows)
    return History(
        words=np.array([(part + 1) * words_in_part for part in parts]),
        train=np.exp([float(rows[part]["loss"]) for part in parts]),
        test=np.exp([float(rows[part]["val_loss"]) for part in parts]),
    )


def _report(parts: int) -> Any:
    import keras

    def show(epoch: int, logs: dict[str, float]) -> None:
        print(
            f"part {epoch + 1:2d} of {parts}: perplexity {np.exp(logs['loss']):6.1f} on training words, "
            f"{np.exp(logs['val_loss']):6.1f} on held-out windows",
            flush=True,
        )

    return keras.callbacks.LambdaCallback(on_epoch_end=show)
