"""Bars and stripes against a plain search through all pictures."""

import itertools

import numpy as np
import pytest

from rnnkit.datasets import bars_and_stripes


@pytest.mark.parametrize(("rows", "columns"), [(3, 3), (2, 4), (4, 2), (1, 3), (3, 1)])
def test_they_are_all_pictures_with_uniform_rows_or_uniform_columns(rows, columns):
    found = []
    for pixels in itertools.product([0.0, 1.0], repeat=rows * columns):
        picture = np.reshape(pixels, (rows, columns))
        if (picture == picture[:, :1]).all() or (picture == picture[:1]).all():
            found.append(pixels)
    assert sorted(map(tuple, bars_and_stripes(rows, columns))) == sorted(found)
    if min(rows, columns) > 1:
        assert len(found) == 2**rows + 2**columns - 2


def test_errors_name_the_argument():
    with pytest.raises(ValueError, match="rows: expected a positive integer, received 0"):
        bars_and_stripes(0)
    with pytest.raises(ValueError, match="columns: expected a positive integer, received 2.0"):
        bars_and_stripes(2, 2.0)
