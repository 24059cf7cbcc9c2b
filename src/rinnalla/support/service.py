"""Everything that supports pairs, as the other features and the routes use it: the door of this folder."""

from rinnalla.support.absences import Absences, AbsenceView
from rinnalla.support.away import Away
from rinnalla.support.caring import Caring, ContactView
from rinnalla.support.checkins import CheckIns, CheckInState, CheckInView, NextCheckIn, StaffShare, Talked
from rinnalla.support.covers import Covers
from rinnalla.support.handovers import HandedOverMessage, Handovers, HandoverView
from rinnalla.support.interim import Interim, InterimView
from rinnalla.support.losses import Losses
from rinnalla.support.notices import Notices, NoticeView
from rinnalla.support.nudges import Nudges, NudgeView

__all__ = [
    "AbsenceView",
    "Absences",
    "Away",
    "Caring",
    "CheckInState",
    "CheckInView",
    "CheckIns",
    "ContactView",
    "Covers",
    "HandedOverMessage",
    "HandoverView",
    "Handovers",
    "Interim",
    "InterimView",
    "Losses",
    "NextCheckIn",
    "NoticeView",
    "Notices",
    "NudgeView",
    "Nudges",
    "StaffShare",
    "Talked",
]
