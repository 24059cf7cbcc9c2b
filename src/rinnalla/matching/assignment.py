"""Who goes to whom when everybody is looked at together: the assignment with the greatest sum of values there is.

Solved as a flow of least cost by OR-Tools, exactly and over all pairs (docs/adr/0032). No I/O.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

Indices: TypeAlias = NDArray[np.int32]
Values: TypeAlias = NDArray[np.int64]
NOBODY = -1
GREATEST_VALUE = 2**40
"""The solver multiplies values by the number of people and mentors, in 64 bits."""


def assign(people: int, places: Indices, mentee: Indices, mentor: Indices, value: Values, *, seed: int = 0) -> Indices:
    """For each of so many people the index of a mentor, or `NOBODY`.

    `places` says how many each mentor can take (less than none counts as none); `mentee`, `mentor` and `value` list the
    pairs that may be made, each with a value from 1 to `GREATEST_VALUE`. Of several assignments that are equally good,
    `seed` decides, and not who was here first; the same input and seed give the same assignment.

    Raises: ValueError (a value out of bounds).
    """
    chosen = np.full(people, NOBODY, dtype=np.int32)
    if not len(value):
        return chosen
    if value.min() < 1 or value.max() > GREATEST_VALUE:
        raise ValueError(f"values must lie between 1 and {GREATEST_VALUE}")
    shuffle = np.random.default_rng(seed)
    person_node = shuffle.permutation(people).astype(np.int32)
    mentor_node = (people + shuffle.permutation(len(places))).astype(np.int32)
    # Among equals the solver prefers what it was told first: so it is told by the shuffled numbers, which it also reads
    # in a fifth less time than pairs in no order.
    order = np.argsort(person_node[mentee].astype(np.int64) * (people + len(places)) + mentor_node[mentor])
    mentee, mentor, value = mentee[order], mentor[order], value[order]
    taken = _made(person_node, mentor_node, np.maximum(places, 0), mentee, mentor, value)
    chosen[mentee[taken]] = mentor[taken]
    return chosen


def _made(
    person_node: Indices, mentor_node: Indices, places: Indices, mentee: Indices, mentor: Indices, value: Values
) -> NDArray[np.intp]:
    """The numbers of the pairs that are made: everyone sends 1 to the sink, through a mentor or, for nothing, past
    all."""
    people, mentors, pairs = len(person_node), len(mentor_node), len(value)
    sink = people + mentors
    past_all = np.full(people, sink, dtype=np.int32)
    into_sink = np.full(mentors, sink, dtype=np.int32)
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([person_node[mentee], person_node, mentor_node]),
        np.concatenate([mentor_node[mentor], past_all, into_sink]),
        np.concatenate([np.ones(pairs + people, dtype=np.int64), places]),
        np.concatenate([-value, np.zeros(people + mentors, dtype=np.int64)]),
    )
    flow.set_nodes_supplies(person_node, np.ones(people, dtype=np.int64))
    flow.set_node_supply(sink, -people)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise RuntimeError(f"the solver ended with {status.name}")
    return np.flatnonzero(flow.flows(np.arange(pairs, dtype=np.int32)))
