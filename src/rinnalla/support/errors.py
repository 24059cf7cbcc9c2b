from rinnalla.kit.errors import DomainError


class CheckInNotFound(DomainError):
    code, status, title = "checkin_not_found", 404, "There is no such check-in in your programme"


class CheckInDropped(DomainError):
    code, status, title = "checkin_dropped", 409, "The pair ended before this check-in was done"


class PairNotTalking(DomainError):
    code, status, title = "pair_not_talking", 404, "There is no such pair in your programme that talks now"


class ContactNotFound(DomainError):
    code, status, title = "contact_not_found", 404, "No such person can be the contact in your programme now"


class NoticeNotFound(DomainError):
    code, status, title = "notice_not_found", 404, "You have no such notice"


class NudgeNotFound(DomainError):
    code, status, title = "nudge_not_found", 404, "There is no such draft that you may sign"


class NudgeNotDue(DomainError):
    code, status, title = "nudge_not_due", 409, "Someone has written, said not now, or been nudged often enough"


class QuietHours(DomainError):
    code, status, title = "quiet_hours", 409, "Nobody is nudged at this hour: send it after the time in Retry-After"


class AbsenceNotFound(DomainError):
    code, status, title = "absence_not_found", 404, "There is no such absence that you may know of"


class NotAway(DomainError):
    code, status, title = "not_away", 409, "Say on your card first from when to when you are away"


class CoverNotAsked(DomainError):
    code, status, title = "cover_not_asked", 409, "This absence has no cover who could be said yes or no to now"


class HandoverNotFound(DomainError):
    code, status, title = "handover_not_found", 404, "There is no such hand-over that you may know of"


class HandoverNotOpen(DomainError):
    code, status, title = "handover_not_open", 409, "The hand-over is past that, or not there yet: read it again"


class NothingToHandOver(DomainError):
    code, status, title = "nothing_to_hand_over", 409, "This takes a pair that is over and one that talks now"


class InterimContactNotFound(DomainError):
    code, status, title = "interim_contact_not_found", 404, "Nobody here has lost a mentor, or they have another one"
