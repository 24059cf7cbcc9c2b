from rinnalla.kit.errors import DomainError


class CrossSite(DomainError):
    code, status, title = "cross_site", 403, "This can't be asked from another site's page"


class NotYours(DomainError):
    code, status, title = "not_yours", 403, "Only its owner changes this"


class MentorElsewhere(DomainError):
    code, status, title = (
        "mentor_elsewhere",
        403,
        "The mentor is in another programme: look at others, or ask the staff of yours",
    )


class StaffAreInvited(DomainError):
    code, status, title = "staff_are_invited", 403, "Staff come in by invitation, with a second factor"
