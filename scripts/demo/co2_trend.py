"""How fast CO2 rises, from one resample of the years: a task of the demo."""

import random


def fit_resample(years, ppm, seed):
    """Fits a parabola to a resample of the years, drawn with replacement.

    Returns the growth in the first and in the last year, in ppm a year, and how
    much it grows itself, in ppm a year per decade.
    """
    draw = random.Random(seed)
    picks = [draw.randrange(len(years)) for _ in years]
    middle = sum(years) / len(years)
    t = [years[i] - middle for i in picks]
    y = [ppm[i] for i in picks]
    _, slope, curve = parabola(t, y)
    return {
        "first": slope + 2 * curve * (years[0] - middle),
        "last": slope + 2 * curve * (years[-1] - middle),
        "acceleration": 2 * curve * 10,
    }


def parabola(t, y):
    """Least squares of y = a + b t + c t^2, by Gaussian elimination of the normal equations."""
    moments = [sum(x**power for x in t) for power in range(5)]
    rows = [
        [moments[row + column] for column in range(3)]
        + [sum(value * x**row for x, value in zip(t, y))]
        for row in range(3)
    ]
    for i in range(3):
        pivot = max(range(i, 3), key=lambda row: abs(rows[row][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for row in range(i + 1, 3):
            factor = rows[row][i] / rows[i][i]
            rows[row] = [a - factor * b for a, b in zip(rows[row], rows[i])]
    solution = [0.0, 0.0, 0.0]
    for i in reversed(range(3)):
        known = sum(rows[i][j] * solution[j] for j in range(i + 1, 3))
        solution[i] = (rows[i][3] - known) / rows[i][i]
    return solution
