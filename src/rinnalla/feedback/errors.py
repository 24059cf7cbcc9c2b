from rinnalla.kit.errors import DomainError


class QuestionNotFound(DomainError):
    code, status, title = "question_not_found", 404, "There is no such question in your programme"


class QuestionNotDue(DomainError):
    code, status, title = "question_not_due", 404, "You are not asked this now, or not in this round"


class QuestionHasAnswers(DomainError):
    code, status, title = "question_has_answers", 409, "Someone has answered: the scale must stay; write a new question"


class QuestionRetired(DomainError):
    code, status, title = "question_retired", 409, "This question is no longer asked and can't be changed"


class AlreadyAnswered(DomainError):
    code, status, title = "already_answered", 409, "You answered this round before, with another value"
