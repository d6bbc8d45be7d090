"""The Ising model on a lattice, as couplings for a Boltzmann machine."""

import numpy as np

from rnnkit._checks import number, positive_integer

# Onsager's critical temperature of the square lattice, in units of the coupling.
CRITICAL_TEMPERATURE = 2 / np.log(1 + np.sqrt(2))


def ising_lattice(
    rows: int, columns: int, temperature: float = 1.0, coupling: float = 1.0, periodic: bool = True
) -> np.ndarray:
    """Couplings between neighbours on a rectangle, divided by the temperature.

    Args:
        rows, columns: of the lattice; unit (i, k) has the index i · columns + k.
        temperature: in units of the coupling, Boltzmann's constant taken as 1.
        coupling: positive, neighbours tend to agree; negative, to differ.
        periodic: whether the last row neighbours the first one, and the last column the first.

    Returns:
        J, shape (rows · columns, rows · columns), symmetric with a diagonal of zeros. Neighbours on both sides, as in
        a periodic lattice of two columns, are coupled twice as strongly.

    Raises:
        ValueError: rows or columns no positive integer, temperature not positive, coupling not finite.

    Source:
        M. Smart, Introduction to Recurrent Neural Nets (2020): a Boltzmann machine with x ∈ {+1, −1} is an Ising model.

    Example:
        >>> ising_lattice(1, 4, temperature=2.0, periodic=False)[0].tolist()
        [0.0, 0.5, 0.0, 0.0]
    """
    rows, columns = positive_integer("rows", rows), positive_integer("columns", columns)
    bond = number("coupling", coupling) / number("temperature", temperature, above=0.0)
    unit = np.arange(rows * columns).reshape(rows, columns)
    J = np.zeros((unit.size, unit.size))
    for axis in (0, 1):
        neighbour = np.roll(unit, -1, axis=axis)
        if not periodic:
            keep = [slice(None), slice(None)]
            keep[axis] = slice(-1)
            pairs = unit[tuple(keep)].ravel(), neighbour[tuple(keep)].ravel()
        else:
            pairs = unit.ravel(), neighbour.ravel()
        np.add.at(J, pairs, bond)
    np.fill_diagonal(J, 0.0)
    return J + J.T
