"""Plausible wrong hand-ins of unit 04: solution cells replaced, and the checks that they lose, by grade_id."""

WRONG = {
    "targets_not_shifted_and_one_target_a_window": (
        {
            "cut_windows": """
def cut_windows(numbers, length=50):
    count = (len(numbers) - 1) // length
    inputs = np.asarray(numbers[: count * length]).reshape(count, length)
    return inputs, inputs.copy()
""",
            "network": """
def build_network(size, embedding, units):
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(size, embedding),
            keras.layers.LSTM(units),
            keras.layers.Dense(size),
        ]
    )
""",
        },
        ("check_cut_windows", "check_network"),
    ),
    "mean_of_probabilities_and_temperature_twice": (
        {
            "perplexity": """
def perplexity(logits, targets):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = (e / e.sum(axis=1, keepdims=True))[np.arange(len(targets)), targets]
    return 1 / p.mean()
""",
            "temperature": """
def softmax(logits, temperature=1.0):
    if not temperature > 0:
        raise ValueError("temperature must be positive")
    e = np.exp((logits - np.max(logits)) / temperature)
    return e / e.sum()


def sample(logits, temperature, rng):
    return int(rng.choice(len(logits), p=softmax(logits / temperature, temperature)))
""",
        },
        ("check_perplexity", "check_temperature"),
    ),
}
