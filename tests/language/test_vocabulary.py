"""Words, numbers, and the file that holds a vocabulary."""

import json
from collections import Counter

import numpy as np
import pytest

from rnnkit.language import END, UNKNOWN, Vocabulary, detokenise, tokenise


def words_by_hand(text):
    words, word = [], ""
    for letter in text.lower() + " ":
        if letter.isalnum() or letter == "_":
            word += letter
        else:
            words += [word] if word else []
            words += [letter] if letter == "\n" or not letter.isspace() else []
            word = ""
    return words


@pytest.mark.parametrize("seed", range(5))
def test_tokenise_against_a_loop_over_letters(seed):
    rng = np.random.default_rng(seed)
    text = "".join(rng.choice(list("abcXYZé½09_ \t\n.,;-'’°("), size=300))
    assert tokenise(text) == words_by_hand(text)


def test_detokenise_is_the_inverse_but_for_capitals():
    for text in ["tea\n1 cup (240 ml) water\nboil, then wait 3–5 minutes.", "bake at 350°f: it's done."]:
        assert detokenise([*tokenise(text), END]) == text


def test_tokenise_refuses_bytes():
    with pytest.raises(ValueError, match="text: expected a string, received bytes. Decode"):
        tokenise(b"tea")


@pytest.mark.parametrize("min_count", [1, 2, 4])
def test_vocabulary_against_counting(min_count):
    rng = np.random.default_rng(min_count)
    texts = [[f"w{n}" for n in rng.geometric(0.2, size=size)] for size in (31, 17, 5)]
    counts = Counter(word for text in texts for word in text)
    vocabulary = Vocabulary(texts, min_count)
    assert set(vocabulary.words[2:]) == {word for word in counts if counts[word] >= min_count}
    frequencies = [counts[word] for word in vocabulary.words[2:]]
    assert frequencies == sorted(frequencies, reverse=True)
    for text in texts:
        decoded = vocabulary.decode(vocabulary.encode(text))
        assert decoded == [word if counts[word] >= min_count else UNKNOWN for word in text]
    assert len(vocabulary) == len(vocabulary.words)


def test_special_words_in_a_text_keep_their_numbers():
    vocabulary = Vocabulary([["tea", END, UNKNOWN, "tea"]])
    assert vocabulary.words == [END, UNKNOWN, "tea"]
    assert vocabulary.encode(["tea", END, "x"]).tolist() == [2, 0, 1]
    assert "tea" in vocabulary and "x" not in vocabulary


def test_saved_and_loaded(tmp_path):
    vocabulary = Vocabulary([["½", "\n", '"', "crème"]])
    vocabulary.save(tmp_path / "deep" / "v.json")
    assert Vocabulary.load(tmp_path / "deep" / "v.json").words == vocabulary.words
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["v.json"]


def test_errors(tmp_path):
    with pytest.raises(ValueError, match="min_count: expected at least 1, received 0"):
        Vocabulary([["a"]], 0)
    with pytest.raises(ValueError, match="seen 2 times or more, received 1 different words, none so often"):
        Vocabulary([["a"]], 2)
    with pytest.raises(ValueError, match="numbers: expected values from 0 to 2, received 3"):
        Vocabulary([["a"]]).decode([2, 3])
    with pytest.raises(ValueError, match="received -1"):
        Vocabulary([["a"]]).decode([-1])
    with pytest.raises(FileNotFoundError, match="vocabulary: expected a JSON file at .*none.json, received nothing"):
        Vocabulary.load(tmp_path / "none.json")


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "3", "{}", '{"words": 3}', '{"words": ["a"]}', json.dumps({"words": [END, UNKNOWN, "a", "a"]})]
    + [json.dumps({"words": [END, UNKNOWN, 3]})],
)
def test_damaged_file(content, tmp_path):
    path = tmp_path / "v.json"
    path.write_text(content)
    with pytest.raises(ValueError, match="expected the JSON that Vocabulary.save writes, .* damaged .* train again"):
        Vocabulary.load(path)
