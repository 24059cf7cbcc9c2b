"""A proof that an assignment can't be bettered, which asks no solver.

Give every mentor's place a price. Then nobody can get more than the best of "value less price" over all pairs open to
them, and all assignments together no more than that, summed over people, plus the price of every place (the weak
duality of linear programmes). So if prices can be found at which this bound is what an assignment reaches, it is the
greatest of all. The prices are read off the assignment: a place costs what its taker's rivals would give for it.
"""

import numpy as np

from rinnalla.matching.assignment import NOBODY, Indices, Values


def total(chosen: Indices, mentee: Indices, mentor: Indices, value: Values) -> int:
    """What an assignment is worth; of a pair that is listed twice the better counts. Raises: ValueError for a pair that
    is not open."""
    made = np.flatnonzero(chosen[mentee] == mentor)
    best = np.zeros(len(chosen), dtype=np.int64)
    np.maximum.at(best, mentee[made], value[made])
    if (best[chosen != NOBODY] < 1).any():
        raise ValueError("someone is assigned who can't be")
    return int(best.sum())


def bound(chosen: Indices, places: Indices, mentee: Indices, mentor: Indices, value: Values) -> int:
    """What no assignment can exceed, at the prices that `chosen` leads to."""
    places = np.maximum(places, 0).astype(np.int64)
    prices = _prices(chosen, len(places), mentee, mentor, value)
    best = np.zeros(len(chosen), dtype=np.int64)
    np.maximum.at(best, mentee, value - prices[mentor])
    return int(best.sum() + (places * prices).sum())


def _prices(chosen: Indices, mentors: int, mentee: Indices, mentor: Indices, value: Values) -> Values:
    """Prices rise until nobody would rather change; with a best assignment that comes to an end."""
    by_mentor = np.argsort(mentor, kind="stable")
    mentee, mentor, value = mentee[by_mentor], mentor[by_mentor], value[by_mentor]
    wanted, starts = np.unique(mentor, return_index=True)
    own = np.zeros(len(chosen), dtype=np.int64)
    made = chosen[mentee] == mentor
    np.maximum.at(own, mentee[made], value[made])
    prices = np.zeros(mentors + 1, dtype=np.int64)  # the last: of no mentor, which is index -1
    for _ in range(mentors + 1):
        offers = np.maximum.reduceat(value - own[mentee] + prices[chosen[mentee]], starts)
        if (offers <= prices[wanted]).all():
            break
        prices[wanted] = np.maximum(prices[wanted], offers)
    return prices[:-1]
