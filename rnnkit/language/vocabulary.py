"""Words of a text and the integers that stand for them."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from rnnkit._checks import positive_integer
from rnnkit._files import write_beside_then_rename

END = "<end>"
UNKNOWN = "<unknown>"

_WORD_LINE_OR_MARK = re.compile(r"\n|\w+|[^\w\s]")


def tokenise(text: str) -> list[str]:
    """Split a text into lower-case words; each punctuation mark and each line end is a word of its own.

    Args:
        text: any text.

    Returns:
        The words in order; other white space is dropped.

    Raises:
        ValueError: the text is not a string.

    Example:
        >>> tokenise("The dog is in\\nthe dog-crate.")
        ['the', 'dog', 'is', 'in', '\\n', 'the', 'dog', '-', 'crate', '.']
    """
    if not isinstance(text, str):
        raise ValueError(f"text: expected a string, received {type(text).__name__}. Decode bytes first.")
    return _WORD_LINE_OR_MARK.findall(text.lower())


def detokenise(words: Iterable[str]) -> str:
    """Join words to a text that a person can read: the inverse of `tokenise` but for spaces and capitals.

    Example:
        >>> detokenise(["stir", "(", "do", "not", "beat", ")", ",", "then", "cook", ".", "<end>"])
        'stir (do not beat), then cook.'
    """
    text = " ".join(word for word in words if word != END)
    text = re.sub(r" ?\n ?", "\n", text)
    text = re.sub(r" ([.,;:!?)\]%°])", r"\1", text)
    text = re.sub(r"([(\[]) ", r"\1", text)
    return re.sub(r"(?<=[\w°]) ([-–'’/]) (?=\w)", r"\1", text).replace("° ", "°")


class Vocabulary:
    """A list of words, each with its position as its number; words outside it share one number.

    The words are those seen at least `min_count` times, the most frequent first (ties by alphabet), after the
    two special ones: number 0 is `END`, which closes a recipe and opens the next, number 1 is `UNKNOWN`.

    Args:
        texts: sequences of words, for example one list per recipe.
        min_count: how often a word must be seen; at least 1.

    Raises:
        ValueError: `min_count` below 1, or not one word left.

    Example:
        >>> vocabulary = Vocabulary([["the", "dog", "is", "in", "the", "dog", "crate"]], min_count=2)
        >>> vocabulary.words
        ['<end>', '<unknown>', 'dog', 'the']
        >>> vocabulary.encode(["the", "cat"])
        array([3, 1], dtype=int32)
        >>> vocabulary.decode([3, 2])
        ['the', 'dog']
    """

    def __init__(self, texts: Iterable[Sequence[str]], min_count: int = 1) -> None:
        positive_integer("min_count", min_count, "at least 1")
        counts = Counter(word for text in texts for word in text)
        kept = [word for word, count in counts.items() if count >= min_count and word not in (END, UNKNOWN)]
        if not kept:
            raise ValueError(
                f"texts: expected at least one word seen {min_count} times or more, received {len(counts)} "
                "different words, none so often. Give more text or a smaller min_count."
            )
        self._set([END, UNKNOWN, *sorted(kept, key=lambda word: (-counts[word], word))])

    def _set(self, words: list[str]) -> None:
        self.words = words
        self._number_of_word = {word: number for number, word in enumerate(words)}

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self._number_of_word

    def encode(self, words: Iterable[str]) -> np.ndarray:
        """Numbers of words, int32 of shape (count,); a word outside the vocabulary gets that of `UNKNOWN`."""
        unknown = self._number_of_word[UNKNOWN]
        return np.array([self._number_of_word.get(word, unknown) for word in words], dtype=np.int32)

    def decode(self, numbers: Iterable[int]) -> list[str]:
        """Words of numbers.

        Raises:
            ValueError: a number that is not in the vocabulary.
        """
        words = []
        for number in numbers:
            if not 0 <= number < len(self.words):
                raise ValueError(
                    f"numbers: expected values from 0 to {len(self.words) - 1}, received {number}. "
                    "Decode with the vocabulary that encoded them."
                )
            words.append(self.words[number])
        return words

    def save(self, path: str | Path) -> None:
        """Write the words as JSON, whole or not at all."""
        content = json.dumps({"words": self.words}, ensure_ascii=False, indent=0)
        write_beside_then_rename(Path(path), content)

    @classmethod
    def load(cls, path: str | Path) -> "Vocabulary":
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: no such file.
            ValueError: the file is not a saved vocabulary.
        """
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(
                f"vocabulary: expected a JSON file at {path}, received nothing. Train the unit 04_recipes first."
            )
        try:
            words = json.loads(path.read_text(encoding="utf-8"))["words"]
            sound = words[:2] == [END, UNKNOWN] and len(set(words)) == len(words)
            if not sound or not all(isinstance(word, str) for word in words):
                raise ValueError("no list of different words that starts with the two special ones")
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"vocabulary: expected the JSON that Vocabulary.save writes, received {path}, which is damaged "
                f"({error}). Delete it and train again."
            ) from None
        vocabulary = cls.__new__(cls)
        vocabulary._set(words)
        return vocabulary
