"""Where a run stands, and what it can come to. Without tables, so that the process which solves needs none."""

from enum import StrEnum


class RunState(StrEnum):
    """`queued` and `solving` are the machine's turn, `ready` is the staff's; the others are final."""

    QUEUED = "queued"
    SOLVING = "solving"
    READY = "ready"
    RELEASED = "released"
    DISCARDED = "discarded"
    FAILED = "failed"


class RunPhase(StrEnum):
    """What the machine does at this moment: reads everyone, prunes and scores pairs, looks for the best for everybody,
    writes down the reasons of each proposal, stores them."""

    READING = "reading"
    SCORING = "scoring"
    SOLVING = "solving"
    EXPLAINING = "explaining"
    STORING = "storing"


class RunFailure(StrEnum):
    """Why a run failed: it took too long, or its process died every time that it was tried."""

    TOO_LONG = "too_long"
    DIED = "died"


class Outcome(StrEnum):
    """What a run found for someone: a proposal, or why there is none: no mentor is possible at all, none has enough
    points, all places went to others, or staff struck the proposal and the run has not been solved again since."""

    PROPOSED = "proposed"
    NO_MENTOR_POSSIBLE = "no_mentor_possible"
    TOO_FEW_POINTS = "too_few_points"
    PLACES_TAKEN = "places_taken"
    STRUCK = "struck"


class ChoiceKind(StrEnum):
    """What staff decide about two: `fixed` to be proposed whatever comes out, `struck` not to be proposed now."""

    FIXED = "fixed"
    STRUCK = "struck"


class FollowUpKind(StrEnum):
    """`place`: a mentor has a place again that was kept for someone. `person`: a young person still waits who had a
    proposal."""

    PLACE = "place"
    PERSON = "person"


class FollowUpState(StrEnum):
    """`due`: not looked at yet. `open`: a suggestion that staff have not answered. `nobody`: nobody was found. Staff
    have `proposed` it, or `dismissed` it."""

    DUE = "due"
    OPEN = "open"
    NOBODY = "nobody"
    PROPOSED = "proposed"
    DISMISSED = "dismissed"
