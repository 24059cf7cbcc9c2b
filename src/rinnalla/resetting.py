"""Behind `reset-password`: another password for one time, for someone who has not chosen theirs.

Who has chosen one keeps it. Nobody can be asked to prove whose an anonymous account is, and the way back from a
forgotten password is a recovery code (docs/adr/0008).
"""

from rinnalla import setup
from rinnalla.accounts import repository
from rinnalla.accounts.policy import fold_login_name, new_one_time_password
from rinnalla.app import Services
from rinnalla.kit.caller import Role
from rinnalla.kit.trail import AuditAction, record


async def reset_password(services: Services, login_name: str) -> str:
    """The password, which is told this once. All sessions of theirs end; what else they show to come in stays.

    Raises: NotUsable.
    """
    password = new_one_time_password()
    password_hash = await services.passwords.accept(Role.ADMIN, login_name, password)  # good for every other role, too
    async with services.database.unit_of_work() as db:
        account = await repository.lock_by_login(db, fold_login_name(login_name))
        if account is None or not account.password_is_one_time:
            raise setup.NotUsable("Nobody of this log-in name has yet to choose a password.")
        services.accounts.set_password(account, password_hash, one_time=True)
        await services.sessions.end(db, account.id)
        await record(db, None, AuditAction.PASSWORD_RESET, account.id)
    return password
