"""The `rinnalla` command: what was typed goes to the use cases, what they answer goes to the screen."""

import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TypeVar

import click

from rinnalla import __version__, backstage, contract_files, moving_in, resetting, server, setup
from rinnalla.accounts.models import Country
from rinnalla.app import Services
from rinnalla.demo.lines import CONVERSATION, NotReadable, read_lines
from rinnalla.demo.show import is_near, programmes_of, show
from rinnalla.demo.staff import Staff, staff_named
from rinnalla.demo.stage import Stage
from rinnalla.kit import embedded, log, migrations
from rinnalla.kit.caller import Role
from rinnalla.kit.crew import KeepDying
from rinnalla.kit.errors import DomainError
from rinnalla.kit.settings import SettingsError, read_settings
from rinnalla.screen import Screen

T = TypeVar("T")
REFUSED, CANNOT_BEGIN = 1, 2
MADE_HERE = [Role.STAFF.value, Role.ADMIN.value]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__)
def commands() -> None:
    """Rinnalla: peer mentoring for young people leaving care. Settings come from the environment; see the README."""


@commands.command()
@click.pass_obj
def serve(screen: Screen) -> None:
    """Run the service, with a Postgres of its own unless DATABASE_URL names one."""
    settings = read_settings()
    log.configure(settings.log_level)
    server.serve(settings, screen)


@commands.command()
@click.pass_obj
def migrate(screen: Screen) -> None:
    """Bring the tables of the database up to date."""
    with setup.ready(read_settings(), screen):
        screen.line("The tables are up to date.")


@commands.command()
@click.option("--role", type=click.Choice(MADE_HERE), help="What for.")
@click.option("--login-name", help="2 to 40 characters.")
@click.option("--organisation", help="Name or id; made if there is none of that name. Default: the first one.")
@click.option("--totp-secret", help="Second factor in base32, 16 characters or more. Default: one is made and shown.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it.")
@click.pass_obj
def create_staff(
    screen: Screen,
    role: str | None,
    login_name: str | None,
    organisation: str | None,
    totp_secret: str | None,
    password_stdin: bool,
) -> None:
    """Make a member of staff or an administrator, also while the service runs. Asks for what is not given."""
    read_settings()  # wrong ones are told before anything is asked
    wanted = Role(role or click.prompt("Role", type=click.Choice(MADE_HERE)))
    name = setup.checked_login_name(login_name or click.prompt("Log-in name"))
    secret = setup.totp_secret_of(totp_secret) if totp_secret else None
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        setup.check_password(wanted, name, password)
    else:
        password = _ask_for_password(wanted, name)
    made = _with_services(
        screen, lambda services: setup.create_staff(services, wanted, name, password, secret, organisation)
    )
    if made.organisation_is_new:
        screen.line(f"Created organisation {made.organisation!r}.")
    belongs = "above all organisations" if made.role == Role.ADMIN else f"in {made.organisation!r}"
    screen.line(f"Created {made.role} {made.login_name!r} {belongs}.")
    if not totp_secret:
        screen.second_factor(made)


@commands.command()
@click.argument("login_name")
@click.pass_obj
def reset_password(screen: Screen, login_name: str) -> None:
    """Another password for one time, for someone who has not chosen theirs and lost the way in."""
    password = _with_services(screen, lambda services: resetting.reset_password(services, login_name))
    screen.line(f"The password of {login_name!r} for one time, shown this once: {password}")
    screen.line("Everyone who was logged in as them is logged out.")


@commands.command()
@click.argument("name")
@click.option("--country", type=click.Choice([country.value for country in Country]), default="FI", show_default=True)
@click.option("--mentees-may-choose", is_flag=True, help="Young people may write to a mentor without staff in between.")
@click.pass_obj
def create_organisation(
    screen: Screen,
    name: str,
    country: str,
    mentees_may_choose: bool,
) -> None:
    """Make a programme that people can sign up to."""
    made = _with_services(
        screen,
        lambda services: setup.create_organisation(
            services, name, Country(country), mentees_may_choose=mentees_may_choose
        ),
    )
    screen.line(f"Created organisation {name!r}: {made}")


@commands.command()
@click.pass_obj
def tidy(screen: Screen) -> None:
    """Forget what nobody can use any more. A running service does this every hour by itself."""
    _with_services(screen, setup.tidy)
    screen.line("Tidied.")


@commands.command()
@click.pass_obj
def retry_jobs(screen: Screen) -> None:
    """Have what jobs failed at tried again at once, also what they have given up: run once the cause is mended."""
    tried = _with_services(screen, setup.retry_jobs)
    for task, count in tried.items():
        screen.line(f"{task}: {count}")
    screen.line("A running service tries them again now." if tried else "Nothing has failed.")


@commands.command()
@click.pass_obj
def after_restore(screen: Screen) -> None:
    """Run once after the database was put back from a backup: devices then read everything anew."""
    _with_services(screen, setup.after_restore)
    screen.line("Every device will read its conversations anew.")


@commands.command()
@click.option("--check", is_flag=True, help="Write nothing; fail and show the difference when the files are behind.")
@click.pass_obj
def openapi(screen: Screen, check: bool) -> None:
    """Write the contract to openapi/."""
    if not check:
        for path in contract_files.write():
            screen.line(f"Wrote {path.name}.")
        return
    difference = list(contract_files.drift())
    for line in difference:
        screen.line(line)
    if difference:
        raise click.ClickException("The contract in openapi/ is behind the code: run `make openapi`.")
    screen.line("The contract says what the code does.")


@commands.command()
@click.pass_obj
def check_migrations(screen: Screen) -> None:
    """Compare the tables that the migrations make with the models, in a Postgres made for it."""
    with tempfile.TemporaryDirectory() as folder:
        screen.step("Starting an empty Postgres")
        with embedded.postgres(Path(folder)) as url:
            screen.step("Running all migrations")
            migrations.migrate(url)
            drift = migrations.drift(url)
    if drift:
        raise click.ClickException(f"The migrations are behind the models: {drift}")
    screen.line("The migrations make what the models say.")


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--organisation", help="Name or id of the programme to move into. Default: the first one.")
@click.option(
    "--ways-in",
    type=click.Path(path_type=Path),
    help="File for staff: how those come in who can't with what they had. Default: FILE.ways-in.",
)
@click.option("--check", is_flag=True, help="Only look whether it could be moved in.")
@click.pass_obj
def import_ylitse(screen: Screen, file: Path, organisation: str | None, ways_in: Path | None, check: bool) -> None:
    """Move a Ylitse service in from an export (docs/moving-in.md). May be repeated: nothing is doubled."""
    ways_in = ways_in or file.with_name(f"{file.name}.ways-in")
    counts = moving_in.move_in(read_settings(), screen, file, organisation, ways_in, look_only=check)
    if counts is None:
        screen.line("It can be moved in: there is no fault in it.")
        return
    for line in counts.lines():
        screen.line(line)
    if counts.ways_in:
        screen.line(f"{counts.ways_in} people need a way in: {ways_in} has it. Give it to them, then delete the file.")


@commands.command()
@click.option("--url", envvar="RINNALLA_URL", help="Where the service is. Default: what `rinnalla serve` would serve.")
@click.option("--staff", "named", envvar="RINNALLA_DEMO_STAFF", help="LOGIN:PASSWORD:TOTPSECRET. Default: one is made.")
@click.option("--text", envvar="TEXT", type=click.Path(path_type=Path), help="Replay a file's lines. Default: a story.")
@click.pass_obj
def demo(screen: Screen, url: str | None, named: str | None, text: Path | None) -> None:
    """Play a whole story against a running service, as three people who know only the contract."""
    url = (url or f"http://127.0.0.1:{read_settings().port}").rstrip("/")
    script = read_lines(text) if text else CONVERSATION
    if programmes_of(url) is None:
        raise SettingsError(f"No Rinnalla answers on {url}: start one with `make run` first, or set RINNALLA_URL.")
    with _staff_of_demo(screen, url, named) as staff:
        screen.still()
        held = show(url, staff, script, Stage())
    if not held:
        sys.exit(REFUSED)


def _staff_of_demo(screen: Screen, url: str, named: str | None) -> AbstractContextManager[Staff]:
    """Who plays the programme worker: who is named, or someone made for it on this machine. Raises: SettingsError."""
    if named:
        staff = staff_named(named)
        if staff is None:
            raise SettingsError("RINNALLA_DEMO_STAFF must look like LOGIN:PASSWORD:TOTPSECRET.")
        return nullcontext(staff)
    if not is_near(url):
        raise SettingsError("Set RINNALLA_DEMO_STAFF=LOGIN:PASSWORD:TOTPSECRET to someone who is staff there.")
    return backstage.worker(read_settings(), url, screen)


def _with_services(screen: Screen, work: Callable[[Services], Awaitable[T]]) -> T:
    with setup.ready(read_settings(), screen) as settings:
        return setup.work_with(settings, work)


def _ask_for_password(role: Role, login_name: str) -> str:
    """Asks until it is one that can be had, typed twice."""
    click.echo(setup.password_rule(role))
    while True:
        password: str = click.prompt("Password", hide_input=True)
        try:
            setup.check_password(role, login_name, password)
        except setup.NotUsable as error:
            click.echo(str(error))
            continue
        if password == click.prompt("The same again", hide_input=True):
            return password
        click.echo("The two are not the same.")


def main() -> None:
    """Run a command. Exit status 2: it could not begin (settings, a file to replay); 1: it was refused."""
    with Screen() as screen:
        try:
            commands(obj=screen)
        except (SettingsError, NotReadable) as error:
            screen.refusal(str(error))
            sys.exit(CANNOT_BEGIN)
        except DomainError as error:
            screen.refusal(f"{error.title}.")
            sys.exit(REFUSED)
        except moving_in.HasFaults as error:
            screen.line("\n".join(map(str, error.faults)))
            screen.refusal(str(error))
            sys.exit(REFUSED)
        except (setup.NotUsable, KeepDying) as error:
            screen.refusal(str(error))
            sys.exit(REFUSED)


if __name__ == "__main__":
    main()
