"""The sequence classifier's read-out and Show and Tell by their equations, one example at a time."""


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
