# %% [markdown]
# # A tiny unit
#
# It needs NumPy alone, so that many submissions can be tried.

# %%
import numpy as np

from rnnkit.course.teaching import check_array, check_equal, check_raises

table = np.arange(6.0).reshape(2, 3)


# %% nbgrader={"grade": false, "grade_id": "total", "locked": false, "schema_version": 3, "solution": true, "task": false}
def total(x):
    """The sum of an array, a number."""
    ### BEGIN SOLUTION
    return x.sum()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_total", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check_array("total of the table", total(table), 15.0)
assert np.isfinite(total(table))
### BEGIN HIDDEN TESTS
_secret = np.random.default_rng(71).normal(size=(5, 3))
_sum = sum(float(v) for v in _secret.flat)
check_array("total of random numbers", total(_secret), _sum)
assert total(np.zeros(2)) == 0, "total of zeros: expected 0"
### END HIDDEN TESTS


# %% nbgrader={"grade": false, "grade_id": "apply", "locked": false, "schema_version": 3, "solution": true, "task": false}
def apply(function, x, rng):
    """The function of each row of x, a list; then x is filled with draws of rng. A negative x raises ValueError."""
    ### BEGIN SOLUTION
    if (x < 0).any():
        raise ValueError("x must not be negative")
    result = [function(row) for row in x]
    x[:] = rng.random(x.shape)
    return result
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_apply", "locked": true, "points": 20, "schema_version": 3, "solution": false, "task": false}
x = table.copy()
check_equal("sums of the rows", apply(lambda row: float(row.sum()), x, np.random.default_rng(0)), [3.0, 12.0])
check_array("x, afterwards", x, np.random.default_rng(0).random((2, 3)))
### BEGIN HIDDEN TESTS
check_raises("apply to a negative array", ValueError, lambda: apply(len, -table, np.random.default_rng(0)))
_rng, _x = np.random.default_rng(72), np.random.default_rng(73).random((4, 5))
_expected = [float((row**2).max()) for row in _x]
check_equal("largest squares", apply(lambda row: float((row**2).max()), _x, _rng), _expected)
_same = np.random.default_rng(72)
_same.random(20)
check_equal("the generator, afterwards", _rng, _same)
### END HIDDEN TESTS

# %% [markdown]
# Why does the sum not depend on the order?

# %% [markdown] nbgrader={"grade": true, "grade_id": "question", "locked": false, "points": 5, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Addition is commutative and associative, up to rounding.
# ### END SOLUTION
