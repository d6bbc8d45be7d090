# %% of="tokenise" name="capitals_kept" loses=["check_tokenise"]
# Capital letters are kept: the same word would have two numbers, so make everything lower case.
import re


def tokenise(text):
    return re.findall(r"\n|[^\W]+|[^\w\s]", text)


# %% of="tokenise" name="split_at_spaces" loses=["check_tokenise"]
# The text is split at white space only: punctuation marks and line ends are to be words of their own.
import re


def tokenise(text):
    return text.lower().split()


# %% of="tokenise" name="line_ends_lost" loses=["check_tokenise"]
# The ends of the lines are lost: each is to be a word.
import re


def tokenise(text):
    return re.findall(r"\w+|[^\w\s]", text.lower())


# %% of="tokenise" name="marks_run_together" loses=["check_tokenise"]
# Punctuation marks that follow one another make one word: each is to be one by itself.
import re


def tokenise(text):
    return re.findall(r"\n|\w+|[^\w\s]+", text.lower())


# %% of="encode_decode" name="unknown_is_number_zero" loses=["check_encode_decode"]
# Words that are not there get the number 0: it is to be that of the entry for unknown words, wherever it stands.
def encode(words, vocabulary, unknown="<unknown>"):
    numbers = {word: number for number, word in enumerate(vocabulary)}
    return np.array([numbers.get(word, 0) for word in words])


def decode(numbers, vocabulary):
    return [vocabulary[n] for n in numbers]


# %% of="encode_decode" name="unknown_left_out" loses=["check_encode_decode"]
# Words that are not there are left out: each is to stand in its place, as the entry for unknown words.
def encode(words, vocabulary, unknown="<unknown>"):
    return np.array([vocabulary.index(word) for word in words if word in vocabulary])


def decode(numbers, vocabulary):
    return [vocabulary[n] for n in numbers]


# %% of="encode_decode" name="counted_from_one" loses=["check_encode_decode"]
# The numbers begin at 1: a word's number is its position in the list, counted from 0.
def encode(words, vocabulary, unknown="<unknown>"):
    numbers = {word: number for number, word in enumerate(vocabulary, start=1)}
    return np.array([numbers.get(word, numbers[unknown]) for word in words])


def decode(numbers, vocabulary):
    return [vocabulary[n - 1] for n in numbers]


# %% of="one_hot" name="one_hot_transposed" loses=["check_one_hot"]
# The rows are columns: a row belongs to a place in the text, a column to a word of the vocabulary.
def one_hot(numbers, size):
    columns = np.zeros((size, len(numbers)))
    columns[numbers, np.arange(len(numbers))] = 1
    return columns


def look_up(W, numbers):
    return np.take(W, numbers, axis=0)


# %% of="one_hot" name="columns_looked_up" loses=["check_one_hot"]
# Columns of the matrix are looked up: the one-hot row stands on its left, so it chooses a row.
def one_hot(numbers, size):
    return np.eye(size)[numbers]


def look_up(W, numbers):
    return np.moveaxis(W[:, np.minimum(numbers, W.shape[1] - 1)], 0, -1)


# %% of="one_hot" name="shape_of_numbers_lost" loses=["check_one_hot"]
# The numbers' own shape is lost: the result has their axes, and one more.
def one_hot(numbers, size):
    return np.eye(size)[numbers]


def look_up(W, numbers):
    return np.take(W, np.ravel(numbers), axis=0)


# %% of="cut_windows" name="targets_not_shifted" loses=["check_cut_windows"]
# The targets are the words that were just read: it is to be the next ones.
def cut_windows(numbers, length=50):
    count = (len(numbers) - 1) // length
    inputs = np.asarray(numbers[: count * length]).reshape(count, length)
    return inputs, inputs.copy()


# %% of="cut_windows" name="last_target_forgotten" loses=["check_cut_windows"]
# A text that its windows fill exactly has no last target: the last window's targets reach one word further.
def cut_windows(numbers, length=50):
    count = len(numbers) // length
    used = np.asarray(numbers[: count * length])
    return used.reshape(count, length), np.roll(numbers, -1)[: count * length].reshape(count, length)


# %% of="cut_windows" name="windows_overlap" loses=["check_cut_windows"]
# A window begins at every word: they are to follow one another, so that no word is read twice.
def cut_windows(numbers, length=50):
    starts = range(len(numbers) - length)
    inputs = np.array([numbers[k : k + length] for k in starts])
    return inputs, np.array([numbers[k + 1 : k + 1 + length] for k in starts])


# %% of="cut_windows" name="one_target_a_window" loses=["check_cut_windows"]
# There is one target a window, as in the lecture: here each position has its own.
def cut_windows(numbers, length=50):
    count = (len(numbers) - 1) // length
    inputs = np.asarray(numbers[: count * length]).reshape(count, length)
    return inputs, np.asarray(numbers[length : count * length + 1 : length])


# %% of="perplexity" name="mean_of_probabilities" loses=["check_perplexity"]
# The mean is taken of the probabilities: it is to be taken of their logarithms.
def perplexity(logits, targets):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = (e / e.sum(axis=1, keepdims=True))[np.arange(len(targets)), targets]
    return 1 / p.mean()


# %% of="perplexity" name="logarithm_of_a_softmax" loses=["check_perplexity"]
# The logarithm is taken of the softmax, which is 0 for a word far below the others: compute it from the logits.
def perplexity(logits, targets):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = (e / e.sum(axis=1, keepdims=True))[np.arange(len(targets)), targets]
    with np.errstate(all="ignore"):
        return np.exp(-np.log(p).mean())


# %% of="perplexity" name="sign_of_the_mean" loses=["check_perplexity"]
# The minus is missing, so that a better model gets a larger value: a perplexity is at least 1.
def perplexity(logits, targets):
    top = logits.max(axis=1, keepdims=True)
    log_p = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
    return np.exp(log_p[np.arange(len(targets)), targets].mean())


# %% of="perplexity" name="nats_for_words" loses=["check_perplexity"]
# This is the cross-entropy: its exponential is the perplexity.
def perplexity(logits, targets):
    top = logits.max(axis=1, keepdims=True)
    log_p = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(targets)), targets].mean()


# %% of="temperature" name="temperature_twice" loses=["check_temperature"]
# The logits are divided by the temperature twice: once before the softmax, and once in it.
def softmax(logits, temperature=1.0):
    if temperature <= 0:
        raise ValueError("temperature must be positive")
    e = np.exp((logits - np.max(logits)) / temperature)
    return e / e.sum()


def sample(logits, temperature, rng):
    return int(rng.choice(len(logits), p=softmax(logits / temperature, temperature)))


# %% of="temperature" name="multiplied_by_the_temperature" loses=["check_temperature"]
# The logits are multiplied by the temperature: a high one is to make the words more alike.
def softmax(logits, temperature=1.0):
    if temperature <= 0:
        raise ValueError("temperature must be positive")
    e = np.exp((logits - np.max(logits)) * temperature)
    return e / np.sum(e)


def sample(logits, temperature, rng):
    return int(rng.choice(len(logits), p=softmax(logits, temperature=temperature)))


# %% of="temperature" name="most_probable_word" loses=["check_temperature"]
# The most probable word is taken each time: it is to be drawn, with its probability.
def softmax(logits, temperature=1.0):
    if temperature <= 0:
        raise ValueError("temperature must be positive")
    e = np.exp((logits - np.max(logits)) / temperature)
    return e / np.sum(e)


def sample(logits, temperature, rng):
    return int(np.argmax(softmax(logits, temperature=temperature)))


# %% of="temperature" name="logits_changed_in_place" loses=["check_temperature"]
# The caller's logits are changed in place: make new arrays.
def softmax(logits, temperature=1.0):
    if temperature <= 0:
        raise ValueError("temperature must be positive")
    logits -= np.max(logits)
    e = np.exp(logits / temperature)
    return e / np.sum(e)


def sample(logits, temperature, rng):
    return int(rng.choice(len(logits), p=softmax(logits.copy(), temperature)))


# %% of="temperature" name="another_generator" loses=["check_temperature"]
# The word is drawn from another generator than the one that is handed in, so the same seed gives other words.
def softmax(logits, temperature=1.0):
    if temperature <= 0:
        raise ValueError("temperature must be positive")
    e = np.exp((logits - np.max(logits)) / temperature)
    return e / np.sum(e)


def sample(logits, temperature, rng):
    return int(np.random.default_rng().choice(len(logits), p=softmax(logits, temperature=temperature)))


# %% of="network" name="last_output_only" loses=["check_network"]
# The LSTM hands on its last output only: there is to be a prediction at every position.
def build_network(size, embedding, units):
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(size, embedding),
            keras.layers.LSTM(units),
            keras.layers.Dense(size),
        ]
    )


# %% of="network" name="softmax_at_the_output" loses=["check_network"]
# The last layer has a softmax: it is to give logits, the softmax sits in the loss and in the sampler.
def build_network(size, embedding, units):
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(size, embedding),
            keras.layers.LSTM(units, return_sequences=True),
            keras.layers.Dense(size, activation="softmax"),
        ]
    )


# %% of="network" name="without_gates" loses=["check_network"]
# The recurrent layer has no gates: the lecture's network has an LSTM, with four times as many weights.
def build_network(size, embedding, units):
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(size, embedding),
            keras.layers.SimpleRNN(units, return_sequences=True),
            keras.layers.Dense(size),
        ]
    )
