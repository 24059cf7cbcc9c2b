from rinnalla.kit.errors import DomainError


class PairNotFound(DomainError):
    code, status, title = "pair_not_found", 404, "There is no such pair that you may know of"


class MenteeNotFound(DomainError):
    code, status, title = "mentee_not_found", 404, "No such young person waits for a mentor in your programme"


class ProgrammeMatches(DomainError):
    code, status, title = (
        "programme_matches",
        403,
        "In this programme the staff bring people together: ask to be paired",
    )


class MentorFull(DomainError):
    code, status, title = "mentor_full", 409, "The mentor has no free place"


class MentorAway(DomainError):
    code, status, title = "mentor_away", 409, "The mentor is away"


class AlreadyPaired(DomainError):
    code, status, title = "already_paired", 409, "These two have an open pair, proposed or active, already"


class AlreadyAccepted(DomainError):
    code, status, title = "already_accepted", 409, "You have said yes to this pair already"


class PairNotOpen(DomainError):
    code, status, title = "pair_not_open", 409, "The pair is past that, or not there yet: read it again"
