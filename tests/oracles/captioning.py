"""The sequence classifier's read-out and Show and Tell by their equations, one example at a time."""

import math


def read(h, m, how, so_far=False):
    """Oracle of rnnkit.applications.classification.ReadStates: lists of states of one sequence, of its mask."""
    known = [k for k in range(len(m)) if m[k]]
    units = range(len(h[0]))
    if how == "last":
        return h[known[-1]]  # (1)
    if not so_far:
        return [sum(h[k][u] for k in known) / len(known) for u in units]  # (2)
    before = [[i for i in known if i <= k] for k in range(len(m))]
    return [[sum(h[i][u] for i in upto) / max(1, len(upto)) for u in units] for upto in before]  # (3)


def told(features, sentences, weights, V_size, longest):
    """Oracle of rnnkit.applications.captioning.ShowAndTell: m = tanh(Ux + Wm + b), words as numbers, end 0."""
    W_I, b_I, W_e, U, W, b, V, c = weights

    def cell(x, m):
        new = []
        for j in range(len(m)):
            a = sum(x[i] * U[i][j] for i in range(len(x))) + sum(m[i] * W[i][j] for i in range(len(m))) + b[j]
            new.append(math.tanh(a))
        return new

    def log_softmax(m, t):
        a = [sum(m[i] * V[i][j] for i in range(len(m))) + c[j] for j in range(V_size)]
        allowed = [0] if t == longest else range(V_size)
        total = sum(math.exp(a[j]) for j in allowed)
        return [a[j] - math.log(total) if j in allowed else -1e9 for j in range(V_size)]  # (3)

    found = []
    for CNN, S in zip(features, sentences, strict=True):
        x = [sum(CNN[i] * W_I[i][j] for i in range(len(CNN))) + b_I[j] for j in range(len(b_I))]  # (1)
        m, terms = cell(x, [0.0] * len(b)), []
        for t, word in enumerate(S):
            x = W_e[S[t - 1] if t else 0]  # (2)
            m = cell(x, m)
            terms.append(log_softmax(m, t)[word])
        found.append(sum(terms))  # (4)
    return found, -sum(found) / len(found)  # (5)
