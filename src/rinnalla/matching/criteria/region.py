"""The same region: all points or none. Who named none can talk from anywhere."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from rinnalla.matching.criterion import Evidence, Level, Soft, Texts, Told, compare
from rinnalla.matching.features import MISSING, Features, Ints
from rinnalla.matching.pool import MenteeSide, MentorSide, Pool


def points(features: Features, mentee: Ints, mentor: Ints, most: int) -> Ints:
    asked, offered = features.codes("region", "region")
    return np.where((asked[mentee] == MISSING) | (asked[mentee] == offered[mentor]), most, 0)


def tell(pool: Pool, mentee: MenteeSide, mentor: MentorSide) -> Told:
    return compare({mentee.region} - {""}, {mentor.region})


def nearer(mentee: MenteeSide, mentor: MentorSide) -> Iterator[tuple[str, MentorSide]]:
    if mentee.region not in {"", mentor.region}:
        yield mentee.region, replace(mentor, region=mentee.region)


CRITERION = Soft(
    name="region",
    most=5,
    why=Texts(
        fi="Sama seutu: mentori tuntee palvelut, ja voi tavata kasvokkain.",
        sv="Samma trakt: mentorn känner till hjälpen där, och de kan träffas.",
        nb="Samme område: mentoren kjenner hjelpen der, og de kan møtes.",
        en="The same region: the mentor knows what help there is, and they can meet.",
    ),
    speaks_for=Texts(
        fi="He ovat samalta seudulta.",
        sv="De är från samma trakt.",
        nb="De er fra samme område.",
        en="They are from the same region.",
    ),
    speaks_against=Texts(
        fi="He ovat eri seuduilta.",
        sv="De är från olika trakter.",
        nb="De er fra forskjellige områder.",
        en="They are from different regions.",
    ),
    evidence=Evidence(
        Level.CONSENSUS,
        "Compatible places are on the field's standard list.",
        "Elements of Effective Practice for Mentoring, 5th ed., standard 9",
    ),
    points=points,
    tell=tell,
    nearer=nearer,
)
