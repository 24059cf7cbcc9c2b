"""The share of a mentor's places that are free. It counts nothing unless a programme gives it weight: capacity is a
rule already, and who has fewer pairs goes first among equals."""

import numpy as np

from rinnalla.matching.criterion import Evidence, Level, Reason, Soft, Texts, Told
from rinnalla.matching.features import Features, Ints
from rinnalla.matching.pool import MenteeSide, MentorSide, Pool


def points(features: Features, mentee: Ints, mentor: Ints, most: int) -> Ints:
    places = features.of_mentors("capacity", lambda one: max(one.capacity, 1))[mentor]
    free = features.of_mentors("free places", lambda one: max(one.capacity - one.open_pairs, 0))[mentor]
    return np.broadcast_to(most * free // places, np.broadcast_shapes(mentee.shape, mentor.shape))


def tell(pool: Pool, mentee: MenteeSide, mentor: MentorSide) -> Told:
    return Told(Reason.SOME_MET if mentor.open_pairs else Reason.ALL_MET)


CRITERION = Soft(
    name="load",
    most=0,
    why=Texts(
        fi="Mentorilla, jolla on vähemmän pareja, on enemmän aikaa.",
        sv="En mentor med färre par har mer tid.",
        nb="En mentor med færre par har mer tid.",
        en="A mentor with fewer pairs has more time.",
    ),
    speaks_for=Texts(
        fi="Mentorilla on tilaa.",
        sv="Mentorn har utrymme.",
        nb="Mentoren har rom for flere.",
        en="The mentor has room.",
    ),
    speaks_against=Texts(
        fi="Mentorilla on jo pareja.",
        sv="Mentorn har redan par.",
        nb="Mentoren har allerede par.",
        en="The mentor has pairs already.",
    ),
    evidence=Evidence(
        Level.OWN_CHOICE,
        "No study of it was found.",
        "Rinnalla's own choice",
    ),
    points=points,
    tell=tell,
    may_matter=False,
)
