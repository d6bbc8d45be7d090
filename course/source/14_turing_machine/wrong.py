# %% of="content_weighting" name="product_instead_of_cosine" loses=["check_content_weighting"]
# The product of key and row is not divided by their lengths: a long row would then win over one that points the right way.
def content_weighting(memory, key, beta):
    exponents = beta * (memory @ key)
    likeness = np.exp(exponents - np.max(exponents))
    return likeness / np.sum(likeness)


# %% of="content_weighting" name="overflowing_strength" loses=["check_content_weighting"]
# A large strength overflows: take the largest exponent away from all of them before the exponential function.
def content_weighting(memory, key, beta):
    squares = (np.sum(key**2) + 1e-7) * (np.sum(memory**2, axis=1) + 1e-7)
    with np.errstate(all="ignore"):
        likeness = np.exp(beta * (memory @ key) / np.sqrt(squares))
        return likeness / np.sum(likeness)


# %% of="content_weighting" name="strength_outside" loses=["check_content_weighting"]
# The strength multiplies the softmax from outside, and the sum is no longer 1: in (3) it stands in the exponent.
def content_weighting(memory, key, beta):
    squares = (np.sum(key**2) + 1e-7) * (np.sum(memory**2, axis=1) + 1e-7)
    likeness = np.exp(memory @ key / np.sqrt(squares))
    return beta * likeness / np.sum(likeness)


# %% of="content_weighting" name="one_length_for_all_rows" loses=["check_content_weighting"]
# The whole tape has been given one length: each row has its own.
def content_weighting(memory, key, beta):
    cosines = (memory @ key) / np.sqrt((np.sum(key**2) + 1e-7) * (np.sum(memory**2) + 1e-7))
    likeness = np.exp(beta * (cosines - np.max(cosines)))
    return likeness / np.sum(likeness)


# %% of="interpolate_and_shift" name="gate_reversed" loses=["check_interpolate_and_shift"]
# The gate is the wrong way round: in (4) g = 1 means that the head looks for content, g = 0 that it stays.
def interpolate_and_shift(w_c, w_before, g, s):
    w_g = (1 - g) * w_c + g * w_before
    farthest = len(s) // 2
    return sum(s[j + farthest] * np.roll(w_g, j) for j in range(-farthest, farthest + 1))


# %% of="interpolate_and_shift" name="moves_backwards" loses=["check_interpolate_and_shift"]
# The head moves backwards: by (5) what was on row i - j comes to row i.
def interpolate_and_shift(w_c, w_before, g, s):
    w_g = g * w_c + (1 - g) * w_before
    farthest = len(s) // 2
    return sum(s[j + farthest] * np.roll(w_g, -j) for j in range(-farthest, farthest + 1))


# %% of="interpolate_and_shift" name="falls_off_the_end" loses=["check_interpolate_and_shift"]
# What goes beyond the last row is lost: rows count in a circle, and row 0 follows on the last one.
def interpolate_and_shift(w_c, w_before, g, s):
    return np.convolve(g * w_c + (1 - g) * w_before, s, mode="same")


# %% of="interpolate_and_shift" name="shifts_before_the_gate" loses=["check_interpolate_and_shift"]
# Only the old weighting is shifted: by (5) the shift comes after the gate, and moves what was found by content as well.
def interpolate_and_shift(w_c, w_before, g, s):
    farthest = len(s) // 2
    moved = sum(s[j + farthest] * np.roll(w_before, j) for j in range(-farthest, farthest + 1))
    return g * w_c + (1 - g) * moved


# %% of="sharpen" name="powers_that_vanish" loses=["check_sharpen"]
# With a large γ all powers become 0, and 0 is divided by 0: divide by the largest entry first.
def sharpen(w_s, gamma):
    with np.errstate(all="ignore"):
        powers = w_s**gamma
        return powers / np.sum(powers)


# %% of="sharpen" name="without_the_sum" loses=["check_sharpen"]
# The powers do not have the sum 1: divide them by their sum.
def sharpen(w_s, gamma):
    return (w_s / np.max(w_s)) ** gamma


# %% of="sharpen" name="softmax_of_weights" loses=["check_sharpen"]
# This is a softmax of the weights: (6) has their powers, so that a weight of 0 stays 0 and γ = 1 changes nothing.
def sharpen(w_s, gamma):
    e = np.exp(gamma * (w_s - np.max(w_s)))
    return e / np.sum(e)


# %% of="sharpen" name="sharpened_in_place" loses=["check_sharpen"]
# The weighting that was handed in is changed: make a new array.
def sharpen(w_s, gamma):
    w_s /= np.max(w_s)
    w_s **= gamma
    w_s /= np.sum(w_s)
    return w_s


# %% of="write_and_read" name="reads_before_it_writes" loses=["check_write_and_read"]
# The head reads the tape as it was: in this machine it writes first, and (8) reads what is there then.
def write_and_read(memory, w, erase, add):
    return memory * (1 - np.outer(w, erase)) + np.outer(w, add), w @ memory


# %% of="write_and_read" name="adds_before_it_erases" loses=["check_write_and_read"]
# What was added is erased again: in (7) the erasing concerns the old content alone.
def write_and_read(memory, w, erase, add):
    written = (memory + np.outer(w, add)) * (1 - np.outer(w, erase))
    return written, w @ written


# %% of="write_and_read" name="erases_everywhere" loses=["check_write_and_read"]
# All rows are erased: a row loses something only so far as the head is there, by its weighting.
def write_and_read(memory, w, erase, add):
    written = memory * (1 - erase) + np.outer(w, add)
    return written, w @ written


# %% of="write_and_read" name="written_in_place" loses=["check_write_and_read"]
# The tape that was handed in is overwritten: return a new one.
def write_and_read(memory, w, erase, add):
    memory *= 1 - np.outer(w, erase)
    memory += np.outer(w, add)
    return memory, w @ memory


# %% of="copy_program" name="starts_with_the_second" loses=["check_copy_program"]
# Reading begins with the second vector: the head is on the first one at the delimiter, and moves before it reads.
def copy_program(vectors):
    length, width = vectors.shape
    mark = np.eye(width + 1)[-1]
    program = [
        {"shift": int(t > 0), "erase": np.ones(width + 1), "add": np.append(v, float(t == 0))}
        for t, v in enumerate(vectors)
    ]
    return [*program, {"key": mark, "strength": 1e4, "gate": 1.0}, *({"shift": 1} for _ in range(length))]


# %% of="copy_program" name="nothing_to_find" loses=["check_copy_program"]
# No row bears the mark that the key looks for, so all rows fit equally well: write it with the first vector.
def copy_program(vectors):
    length, width = vectors.shape
    mark = np.eye(width + 1)[-1]
    program = [
        {"shift": int(t > 0), "erase": np.ones(width + 1), "add": np.append(v, 0.0)} for t, v in enumerate(vectors)
    ]
    jump = {"key": mark, "strength": 1e4, "gate": 1.0, "shift": -1}
    return [*program, jump, *({"shift": 1} for _ in range(length))]


# %% of="copy_program" name="looks_in_every_step" loses=["check_copy_program"]
# The gate is still open while the head reads, so that each step jumps back to the mark: look once, at the delimiter.
def copy_program(vectors):
    length, width = vectors.shape
    look = {"key": np.eye(width + 1)[-1], "strength": 1e4, "gate": 1.0}
    program = [
        {"shift": int(t > 0), "erase": np.ones(width + 1), "add": np.append(v, float(t == 0))}
        for t, v in enumerate(vectors)
    ]
    return [*program, {**look, "shift": -1}, *({**look, "shift": 1} for _ in range(length))]


# %% of="copy_program" name="adds_to_a_used_tape" loses=["check_copy_program"]
# The vectors are added to what was on the tape: erase a row before you write to it.
def copy_program(vectors):
    length, width = vectors.shape
    mark = np.eye(width + 1)[-1]
    program = [{"shift": int(t > 0), "add": np.append(v, float(t == 0))} for t, v in enumerate(vectors)]
    jump = {"key": mark, "strength": 1e4, "gate": 1.0, "shift": -1}
    return [*program, jump, *({"shift": 1} for _ in range(length))]


# %% of="copy_program" name="weak_strength" loses=["check_copy_program"]
# A strength of 1 leaves some of the weight on all other rows, and what is read is a mixture: take one that is certain.
def copy_program(vectors):
    length, width = vectors.shape
    program = [
        {"shift": int(t > 0), "erase": np.ones(width + 1), "add": np.append(v, float(t == 0))}
        for t, v in enumerate(vectors)
    ]
    jump = {"key": np.eye(width + 1)[-1], "strength": 1.0, "gate": 1.0, "shift": -1}
    return [*program, jump, *({"shift": 1} for _ in range(length))]
