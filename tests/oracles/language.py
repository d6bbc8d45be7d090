"""Word models by their equations."""


def kneser_ney(word, context, texts, order, discount, size):
    """Oracle of rnnkit.language.ngrams: p(w | h), counts taken anew from the texts for each n-gram."""
    start = [None] * (order - 1)
    padded = [(*start, *text) for text in texts]

    highest = [text[i : i + order] for text in padded for i in range(len(text) - order + 1)]

    def count(gram):
        if len(gram) == order:
            return sum(g == gram for g in highest)
        return sum(count((before, *gram)) > 0 for before in [None, *range(size)])

    def p(word, h):
        counts = [count((*h, other)) for other in range(size)]
        total, kinds = sum(counts), sum(c > 0 for c in counts)
        if not total:
            return p(word, h[1:])
        if not h:
            return max(counts[word] - discount, 0) / total + discount * kinds / total / size  # (2)
        return max(counts[word] - discount, 0) / total + discount * kinds / total * p(word, h[1:])  # (1)

    return p(word, (*start, *context)[len(start) + len(context) - order + 1 :])
