# %% of="sentence_log_prob" name="without_the_end" loses=["check_sentence_log_prob"]
# The end is missing: a sentence's probability includes that it ends after its words, the last factor of (4).
def sentence_log_prob(next_log_p, sentence):
    return sum(next_log_p(sentence[:t])[sentence[t]] for t in range(len(sentence)))


# %% of="sentence_log_prob" name="only_the_last_word_is_told" loses=["check_sentence_log_prob"]
# Only the word before is handed on: in (4) each word depends on all words before it.
def sentence_log_prob(next_log_p, sentence):
    said = [*sentence, 0]
    return sum(next_log_p(said[max(0, t - 1) : t])[said[t]] for t in range(len(said)))


# %% of="sentence_log_prob" name="mean_over_the_words" loses=["check_sentence_log_prob"]
# The logarithms are averaged over the words: (4) is their sum, since the probabilities are multiplied.
def sentence_log_prob(next_log_p, sentence):
    said = [*sentence, 0]
    return sum(next_log_p(said[:t])[said[t]] for t in range(len(said))) / len(said)


# %% of="sentence_log_prob" name="probabilities_added" loses=["check_sentence_log_prob"]
# The probabilities are added before the logarithm is taken: they are multiplied, and their logarithms are added.
def sentence_log_prob(next_log_p, sentence):
    said = [*sentence, 0]
    return np.log(sum(np.exp(next_log_p(said[:t])[said[t]]) for t in range(len(said))))


# %% of="inputs_and_targets" name="not_shifted" loses=["check_inputs_and_targets"]
# Inputs and targets are the same: the network would be asked for the word that it is given, and learn to repeat it.
def inputs_and_targets(sentences):
    steps = max(len(sentence) for sentence in sentences) + 1
    targets = np.full((len(sentences), steps), -1)
    for row, sentence in enumerate(sentences):
        targets[row, : len(sentence) + 1] = [*sentence, 0]
    return targets.copy(), targets


# %% of="inputs_and_targets" name="the_end_is_not_asked_for" loses=["check_inputs_and_targets"]
# The end is not asked for: the last target of each sentence is 0, or the network never learns to stop.
def inputs_and_targets(sentences):
    steps = max(len(sentence) for sentence in sentences) + 1
    inputs, targets = np.full((2, len(sentences), steps), -1)
    for row, sentence in enumerate(sentences):
        inputs[row, : len(sentence) + 1] = [0, *sentence]
        targets[row, : len(sentence)] = sentence
    return inputs, targets


# %% of="inputs_and_targets" name="filled_with_the_end" loses=["check_inputs_and_targets"]
# Short sentences are filled up with 0, the end, which the network would then be asked for again and again: use -1.
def inputs_and_targets(sentences):
    steps = max(len(sentence) for sentence in sentences) + 1
    inputs, targets = np.zeros((2, len(sentences), steps), int)
    for row, sentence in enumerate(sentences):
        inputs[row, : len(sentence) + 1] = [0, *sentence]
        targets[row, : len(sentence) + 1] = [*sentence, 0]
    return inputs, targets


# %% of="inputs_and_targets" name="the_mark_put_into_the_lists" loses=["check_inputs_and_targets"]
# The mark is put into the lists that were handed in, which belong to whoever called: make new ones.
def inputs_and_targets(sentences):
    steps = max(len(sentence) for sentence in sentences) + 1
    inputs, targets = np.full((2, len(sentences), steps), -1)
    for row, sentence in enumerate(sentences):
        sentence.insert(0, 0)
        inputs[row, : len(sentence)] = sentence
        targets[row, : len(sentence)] = [*sentence[1:], 0]
    return inputs, targets


# %% of="caption_loss" name="mean_over_all_words" loses=["check_caption_loss"]
# The loss is a mean over words: (5) divides by the number of sentences alone.
def caption_loss(a, targets):
    a = a - a.max(axis=2, keepdims=True)
    log_p = a - np.log(np.exp(a).sum(axis=2, keepdims=True))
    told = np.take_along_axis(log_p, np.maximum(targets, 0)[:, :, None], axis=2)[:, :, 0]
    return -np.mean(told[targets >= 0])


# %% of="caption_loss" name="padding_is_counted" loses=["check_caption_loss"]
# Padded places are counted, as if their word were asked for: where the target is -1 nothing is.
def caption_loss(a, targets):
    a = a - a.max(axis=2, keepdims=True)
    log_p = a - np.log(np.exp(a).sum(axis=2, keepdims=True))
    return -np.sum(np.take_along_axis(log_p, np.maximum(targets, 0)[:, :, None], axis=2)) / len(a)


# %% of="caption_loss" name="softmax_over_the_steps" loses=["check_caption_loss"]
# The softmax runs over the steps: by (3) the probabilities of all words add up to 1 at each step.
def caption_loss(a, targets):
    a = a - a.max(axis=1, keepdims=True)
    log_p = a - np.log(np.exp(a).sum(axis=1, keepdims=True))
    told = np.take_along_axis(log_p, np.maximum(targets, 0)[:, :, None], axis=2)[:, :, 0]
    return -np.sum(told[targets >= 0]) / len(a)


# %% of="caption_loss" name="the_exponential_overflows" loses=["check_caption_loss"]
# At a score of 1,000 the exponential overflows: take the largest score of a step off all of them first.
def caption_loss(a, targets):
    with np.errstate(all="ignore"):
        p = np.exp(a) / np.exp(a).sum(axis=2, keepdims=True)
        told = np.log(np.take_along_axis(p, np.maximum(targets, 0)[:, :, None], axis=2))[:, :, 0]
        return -np.sum(told[targets >= 0]) / len(a)


# %% of="beam_step" name="finished_ones_go_on" loses=["check_beam_step"]
# Finished sentences are continued: after the end nothing is said, and they stay as they are.
def beam_step(beginnings, log_p, next_log_p, beam):
    candidates = []
    for words, so_far in zip(beginnings, log_p, strict=True):
        candidates += [([*words, j], so_far + more) for j, more in enumerate(next_log_p(words))]
    best = sorted(candidates, key=lambda candidate: -candidate[1])[:beam]
    return [words for words, _ in best], [logarithm for _, logarithm in best]


# %% of="beam_step" name="finished_ones_are_dropped" loses=["check_beam_step"]
# Finished sentences are dropped: they compete with the unfinished ones, and the likeliest may be among them.
def beam_step(beginnings, log_p, next_log_p, beam):
    candidates = []
    for words, so_far in zip(beginnings, log_p, strict=True):
        if not words or words[-1] != 0:
            candidates += [([*words, j], so_far + more) for j, more in enumerate(next_log_p(words))]
    best = sorted(candidates, key=lambda candidate: -candidate[1])[:beam]
    return [words for words, _ in best], [logarithm for _, logarithm in best]


# %% of="beam_step" name="best_word_of_each_beginning" loses=["check_beam_step"]
# Each beginning is continued by its likeliest word alone: all continuations of all beginnings compete with one another.
def beam_step(beginnings, log_p, next_log_p, beam):
    candidates = []
    for words, so_far in zip(beginnings, log_p, strict=True):
        if words and words[-1] == 0:
            candidates.append((words, so_far))
        else:
            logarithms = next_log_p(words)
            j = int(np.argmax(logarithms))
            candidates.append(([*words, j], so_far + logarithms[j]))
    best = sorted(candidates, key=lambda candidate: -candidate[1])[:beam]
    return [words for words, _ in best], [logarithm for _, logarithm in best]


# %% of="beam_step" name="sorted_by_the_last_word" loses=["check_beam_step"]
# The candidates are compared by their last word alone: by (6) a candidate has the probability of all its words.
def beam_step(beginnings, log_p, next_log_p, beam):
    candidates = []
    for words, so_far in zip(beginnings, log_p, strict=True):
        if words and words[-1] == 0:
            candidates.append((words, so_far, 0.0))
        else:
            candidates += [([*words, j], so_far + more, more) for j, more in enumerate(next_log_p(words))]
    best = sorted(candidates, key=lambda candidate: -candidate[2])[:beam]
    return [words for words, _, _ in best], [logarithm for _, logarithm, _ in best]


# %% of="count_mistakes" name="one_order_only" loses=["check_count_mistakes"]
# Only one order of the shapes is tried: exchanged places are one mistake, the relation, and not one in each slot.
def count_mistakes(said, scene):
    if said is None:
        return 9
    count = int(said["relation"] != scene["relation"])
    for slot in ("sizes", "colours", "forms"):
        if said[slot] is not None:
            count += sum(a != b for a, b in zip(said[slot], scene[slot], strict=True))
    return count


# %% of="count_mistakes" name="exchanged_for_nothing" loses=["check_count_mistakes"]
# Exchanged places cost nothing where the relation's word is right: then left is said of what is right, one mistake by (7).
def count_mistakes(said, scene):
    if said is None:
        return 9
    counts = []
    for order in (1, -1):
        count = int(said["relation"] != scene["relation"])
        for slot in ("sizes", "colours", "forms"):
            if said[slot] is not None:
                count += sum(a != b for a, b in zip(said[slot], scene[slot][::order], strict=True))
        counts.append(count)
    return min(counts)


# %% of="count_mistakes" name="slots_matched_apart" loses=["check_count_mistakes"]
# Each slot is compared in the order that suits it: sizes, colours and forms of a shape belong together and turn together.
def count_mistakes(said, scene):
    if said is None:
        return 9
    count = int(said["relation"] != scene["relation"])
    for slot in ("sizes", "colours", "forms"):
        if said[slot] is not None:
            orders = (scene[slot], scene[slot][::-1])
            count += min(sum(a != b for a, b in zip(said[slot], order, strict=True)) for order in orders)
    return count


# %% of="bleu" name="not_clipped" loses=["check_bleu"]
# A run counts as often as the candidate repeats it: by (8) at most as often as one of its references has it.
def bleu(candidates, references, n):
    def grams(words, k):
        return [tuple(words[i : i + k]) for i in range(len(words) - k + 1)]

    p = []
    for k in range(1, n + 1):
        found = total = 0
        for candidate, known in zip(candidates, references, strict=True):
            every = {gram for reference in known for gram in grams(reference, k)}
            found += sum(gram in every for gram in grams(candidate, k))
            total += len(grams(candidate, k))
        p.append(found / total)
    c = sum(len(candidate) for candidate in candidates)
    r = sum(
        min((abs(len(reference) - len(candidate)), len(reference)) for reference in known)[1]
        for candidate, known in zip(candidates, references, strict=True)
    )
    penalty = min(1.0, np.exp(1 - r / c))
    return p, penalty, penalty * np.prod(p) ** (1 / n)


# %% of="bleu" name="references_added_up" loses=["check_bleu"]
# The counts of all references are added up: (8) takes the one reference in which the run occurs most often.
def bleu(candidates, references, n):
    def grams(words, k):
        return Counter(tuple(words[i : i + k]) for i in range(len(words) - k + 1))

    p = []
    for k in range(1, n + 1):
        found = total = 0
        for candidate, known in zip(candidates, references, strict=True):
            most = sum((grams(reference, k) for reference in known), Counter())
            own = grams(candidate, k)
            found += sum((own & most).values())
            total += sum(own.values())
        p.append(found / total)
    c = sum(len(candidate) for candidate in candidates)
    r = sum(
        min((abs(len(reference) - len(candidate)), len(reference)) for reference in known)[1]
        for candidate, known in zip(candidates, references, strict=True)
    )
    penalty = min(1.0, np.exp(1 - r / c))
    return p, penalty, penalty * np.prod(p) ** (1 / n)


# %% of="bleu" name="shortest_reference" loses=["check_bleu"]
# The length r is that of the shortest reference: the one that is nearest in length to the candidate is meant.
def bleu(candidates, references, n):
    def grams(words, k):
        return Counter(tuple(words[i : i + k]) for i in range(len(words) - k + 1))

    p = []
    for k in range(1, n + 1):
        found = total = 0
        for candidate, known in zip(candidates, references, strict=True):
            most = Counter()
            for reference in known:
                most |= grams(reference, k)
            own = grams(candidate, k)
            found += sum((own & most).values())
            total += sum(own.values())
        p.append(found / total)
    c = sum(len(candidate) for candidate in candidates)
    r = sum(min(len(reference) for reference in known) for known in references)
    penalty = min(1.0, np.exp(1 - r / c))
    return p, penalty, penalty * np.prod(p) ** (1 / n)


# %% of="bleu" name="mean_over_the_candidates" loses=["check_bleu"]
# The shares are averaged over the candidates: (8) adds up counts of all of them and divides once.
def bleu(candidates, references, n):
    def grams(words, k):
        return Counter(tuple(words[i : i + k]) for i in range(len(words) - k + 1))

    p = []
    for k in range(1, n + 1):
        shares = []
        for candidate, known in zip(candidates, references, strict=True):
            most = Counter()
            for reference in known:
                most |= grams(reference, k)
            own = grams(candidate, k)
            shares.append(sum((own & most).values()) / sum(own.values()))
        p.append(sum(shares) / len(shares))
    c = sum(len(candidate) for candidate in candidates)
    r = sum(
        min((abs(len(reference) - len(candidate)), len(reference)) for reference in known)[1]
        for candidate, known in zip(candidates, references, strict=True)
    )
    penalty = min(1.0, np.exp(1 - r / c))
    return p, penalty, penalty * np.prod(p) ** (1 / n)


# %% of="bleu" name="arithmetic_mean" loses=["check_bleu"]
# BLEU is the arithmetic mean of the shares: (9) has the n-th root of their product, which is 0 if one of them is.
def bleu(candidates, references, n):
    def grams(words, k):
        return Counter(tuple(words[i : i + k]) for i in range(len(words) - k + 1))

    p = []
    for k in range(1, n + 1):
        found = total = 0
        for candidate, known in zip(candidates, references, strict=True):
            most = Counter()
            for reference in known:
                most |= grams(reference, k)
            own = grams(candidate, k)
            found += sum((own & most).values())
            total += sum(own.values())
        p.append(found / total)
    c = sum(len(candidate) for candidate in candidates)
    r = sum(
        min((abs(len(reference) - len(candidate)), len(reference)) for reference in known)[1]
        for candidate, known in zip(candidates, references, strict=True)
    )
    penalty = min(1.0, np.exp(1 - r / c))
    return p, penalty, penalty * sum(p) / n
