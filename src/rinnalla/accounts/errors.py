from rinnalla.kit.errors import DomainError


class LoginNameTaken(DomainError):
    code, status, title = "login_name_taken", 409, "Someone has this name already"


class WeakPassword(DomainError):
    code, status, title = "weak_password", 400, "The password is too short or too easy to guess"


class WrongCredentials(DomainError):
    code, status, title = "wrong_credentials", 401, "No account that can log in has this name, password and code"


class SecondFactorRequired(DomainError):
    code, status, title = "second_factor_required", 401, "Send totp_code as well"


class SecondFactorUsed(DomainError):
    code, status, title = "second_factor_used", 401, "Each code works once: wait for the next one"


class PasswordChangeRequired(DomainError):
    code, status, title = "password_change_required", 403, "This password was for one time: send new_password as well"


class WrongPassword(DomainError):
    code, status, title = "wrong_password", 403, "The present password is another one"


class RefreshRefused(DomainError):
    code, status, title = "refresh_refused", 401, "The refresh token is expired, ended or was used before: log in again"


class RecoveryRefused(DomainError):
    code, status, title = "recovery_refused", 401, "No account has this name and this unused recovery code"


class InvitationNotFound(DomainError):
    code, status, title = "invitation_not_found", 404, "The invitation is unknown, used or expired: ask for a new one"


class OrganisationNotFound(DomainError):
    code, status, title = "organisation_not_found", 404, "There is no such organisation"


class OrganisationNameTaken(DomainError):
    code, status, title = "organisation_name_taken", 409, "There is an organisation of this name already"


class AccountNotFound(DomainError):
    code, status, title = "account_not_found", 404, "There is no such person that you may know of"


class AlreadyComeIn(DomainError):
    code, status, title = "already_come_in", 409, "This person has accepted an invitation already"


class SessionNotFound(DomainError):
    code, status, title = "session_not_found", 404, "You have no such session"


class LastAdministrator(DomainError):
    code, status, title = "last_administrator", 409, "Someone must remain to administer the service"
