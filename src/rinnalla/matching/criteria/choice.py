"""The mentors whom the young person named, in their order, and before them one of before for whom they ask again. All
points for the first, a fifth less for each place further down, none for mentors they did not name. Who named nobody
leaves it open: all points for everyone."""

from uuid import UUID

import numpy as np

from rinnalla.matching.criterion import Evidence, Level, Reason, Soft, Texts, Told
from rinnalla.matching.features import Features, Ints
from rinnalla.matching.pool import MenteeSide, MentorSide, Pool

MOST_CHOICES = 5
NOBODY = -2


def points(features: Features, mentee: Ints, mentor: Ints, most: int) -> Ints:
    chosen = features.once("choices", lambda: _chosen(features))
    named = features.of_mentees("choices named", lambda one: int(bool(named_by(one))))[mentee]
    place = np.full(np.broadcast_shapes(mentee.shape, mentor.shape), MOST_CHOICES, dtype=np.int32)
    for rank in range(MOST_CHOICES):
        place[chosen[mentee, rank] == mentor] = rank
    return most - named * (most * place // MOST_CHOICES)


def tell(pool: Pool, mentee: MenteeSide, mentor: MentorSide) -> Told:
    chosen = named_by(mentee)
    if not chosen:
        return Told(Reason.NOT_ASKED)
    if mentor.account_id not in chosen:
        return Told(Reason.NONE_MET)
    return Told(Reason.ALL_MET if chosen[0] == mentor.account_id else Reason.SOME_MET)


def named_by(mentee: MenteeSide) -> tuple[UUID, ...]:
    """At most MOST_CHOICES."""
    if mentee.again_with is None:
        return mentee.choices[:MOST_CHOICES]
    return (mentee.again_with, *(one for one in mentee.choices if one != mentee.again_with))[:MOST_CHOICES]


def _chosen(features: Features) -> Ints:
    """For each mentee the indexes of their mentors; NOBODY where one is not in the pool or none was named."""
    chosen = np.full((len(features.pool.mentees), MOST_CHOICES), NOBODY, dtype=np.int32)
    for index, mentee in enumerate(features.pool.mentees):
        for rank, mentor_id in enumerate(named_by(mentee)):
            chosen[index, rank] = features.mentor_index.get(mentor_id, NOBODY)
    return chosen


CRITERION = Soft(
    name="choice",
    most=20,
    why=Texts(
        fi="Itse valittuun mentoriin on helpompi luottaa.",
        sv="Det är lättare att lita på en mentor som man själv har valt.",
        nb="Det er lettere å stole på en mentor man har valgt selv.",
        en="It is easier to trust a mentor whom one has chosen.",
    ),
    speaks_for=Texts(
        fi="Nuori on itse nimennyt tämän mentorin.",
        sv="Den unga har själv nämnt den här mentorn.",
        nb="Den unge har selv nevnt denne mentoren.",
        en="The young person named this mentor.",
    ),
    speaks_against=Texts(
        fi="Nuori on nimennyt ensin muita mentoreita.",
        sv="Den unga har nämnt andra mentorer först.",
        nb="Den unge har nevnt andre mentorer først.",
        en="The young person named other mentors first.",
    ),
    evidence=Evidence(
        Level.QUALITATIVE,
        "In pairs that young people began themselves, trust came quickly.",
        "Spencer et al. 2018 (13 pairs, system-involved youth)",
    ),
    points=points,
    tell=tell,
    may_matter=False,
)
