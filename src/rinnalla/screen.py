"""What the command line shows: rich on a terminal, plain lines anywhere else."""

import sys
from types import TracebackType

from rich.console import Console
from rich.panel import Panel
from rich.status import Status
from rich.table import Table
from rich.text import Text

from rinnalla.setup import FirstAdministrator, NewStaff

FIRST_LOG_IN = "Log in with POST /v1/sessions: login_name, password, totp_code and, this first time, new_password."


class Screen:
    """Progress goes to standard error, results to standard output. `with` ends a running spinner."""

    def __init__(self) -> None:
        self._out = Console(soft_wrap=True, highlight=False)
        self._err = Console(stderr=True, soft_wrap=True, highlight=False)
        self._spinner: Status | None = None

    def __enter__(self) -> "Screen":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.still()

    def step(self, text: str) -> None:
        """What is being done now."""
        if not self._err.is_terminal:
            self._err.print(f"{text} …", markup=False)
        elif self._spinner is None:
            self._spinner = self._err.status(text)
            self._spinner.start()
        else:
            self._spinner.update(text)

    def still(self) -> None:
        """Nothing is being done any more: end a running spinner."""
        if self._spinner is not None:
            self._spinner.stop()
            self._spinner = None

    def line(self, text: str) -> None:
        """A result."""
        self.still()
        self._out.print(text, markup=False)
        sys.stdout.flush()

    def warning(self, text: str) -> None:
        """What someone should know before they go on."""
        self.still()
        self._err.print(text, markup=False, style="bold red")

    def refusal(self, text: str) -> None:
        """Why it did not work, in one line."""
        self.still()
        self._err.print(text, markup=False)

    def serving(self, url: str) -> None:
        """The service answers from now on."""
        self.line(f"Rinnalla is ready on {url} (stop with Ctrl-C)")

    def first_administrator(self, first: FirstAdministrator) -> None:
        """Who can log in to a service that was empty; nobody is told this again."""
        rows = {
            "log-in name": first.staff.login_name,
            "one-time password": first.one_time_password,
            "TOTP secret": first.staff.totp_secret,
        }
        self._secrets("The first administrator. Keep this: it is shown once.", rows, first.staff.totp_uri)
        self.line(FIRST_LOG_IN)

    def second_factor(self, staff: NewStaff) -> None:
        """The second factor that was made for someone."""
        self._secrets("Keep this: it is shown once.", {"TOTP secret": staff.totp_secret}, staff.totp_uri)

    def _secrets(self, title: str, rows: dict[str, str], totp_uri: str) -> None:
        self.still()
        if self._out.is_terminal:
            table = Table.grid(padding=(0, 2))
            for name, value in rows.items():
                table.add_row(Text(name, "bold"), Text(value))
            self._out.print(Panel.fit(table, title=title, padding=(1, 2)))
        else:
            self._out.print(title, *(f"  {name}: {value}" for name, value in rows.items()), sep="\n", markup=False)
        # Never in the panel: it would be cut to the terminal's width.
        self.line(f"For an authenticator app: {totp_uri}")
