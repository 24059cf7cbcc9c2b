"""What lies in the tables: digests of secrets, sealed addresses, nothing that lets someone in."""

from pathlib import Path

from asyncpg import Connection

from tests.api import Api, ok, refused
from tests.factories import PASSWORD, TOTP_SECRET, Factory

TABLES = (
    "account",
    "session",
    "refresh_token",
    "recovery_code",
    "invitation",
    "realtime_ticket",
    "rate_limit",
    "member_stream",
    "member_event",
    "organisation",
)


async def whole_database(raw_db: Connection) -> bytes:
    parts: list[bytes] = []
    for table in TABLES:
        for row in await raw_db.fetch(f'SELECT * FROM "{table}"'):
            parts += [value if isinstance(value, bytes) else str(value).encode() for value in row.values()]
    return b"\n".join(parts)


async def test_passwords_are_hashed_slowly(api: Api, make: Factory, raw_db: Connection) -> None:
    await make.organisation()
    for nickname in ("aino", "eino"):
        ok(await api.post("/v1/accounts", {"nickname": nickname, "password": PASSWORD}), 201)
    hashes = [row["password_hash"] for row in await raw_db.fetch("SELECT password_hash FROM account")]
    assert all(one.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for one in hashes)
    assert hashes[0] != hashes[1]


async def test_no_secret_and_no_address_can_be_read(api: Api, make: Factory, raw_db: Connection) -> None:
    admin, home = await make.admin(), await make.organisation()
    body = {"nickname": "aino", "password": PASSWORD, "email": "aino.salainen@example.org", "device_name": "phone"}
    signed_up = ok(await api.post("/v1/accounts", body), 201)
    tokens = signed_up["tokens"]
    async with Api(api.url, api.contract, tokens["access_token"]) as aino:
        ticket = ok(await aino.post("/v1/realtime/tickets"), 201)["ticket"]
        assert ok(await aino.get("/v1/account"))["email"] == "aino.salainen@example.org"
    invited = ok(await admin.post(f"/v1/organisations/{home}/staff", {"display_name": "Tuula"}), 201)
    come_in = {"invitation": invited["invitation"], "login_name": "tuula", "password": "viisitoista merkkiä"}
    came_in = ok(await api.post("/v1/invitations/accept", come_in), 201)
    again = ok(await admin.post(f"/v1/organisations/{home}/staff", {"display_name": "Timo"}), 201)["invitation"]
    stored = await whole_database(raw_db)
    assert b"aino" in stored, "the test looks into the right tables"
    secrets = [
        PASSWORD,
        "aino.salainen",
        tokens["access_token"],
        tokens["refresh_token"],
        ticket,
        again,
        invited["invitation"],
        came_in["totp_secret"],
        TOTP_SECRET,
        *signed_up["recovery_codes"],
        *(code.replace("-", "") for code in signed_up["recovery_codes"]),
    ]
    found = [secret for secret in secrets if secret.encode() in stored or secret.lower().encode() in stored]
    assert found == []


async def test_a_sealed_address_opens_in_its_own_row_only(api: Api, make: Factory, raw_db: Connection) -> None:
    first = await make.mentee(email="first@example.org")
    second = await make.mentee(email="second@example.org")
    await raw_db.execute(
        "UPDATE account SET email = other.email, wrapped_key = other.wrapped_key "
        "FROM account AS other WHERE account.id = $1 AND other.id = $2",
        second.id,
        first.id,
    )
    assert ok(await first.get("/v1/account"))["email"] == "first@example.org"
    assert (await second.get("/v1/account")).status_code == 500


async def test_the_log_of_postgres_names_nobody(api: Api, make: Factory, data_folder: Path) -> None:
    """A broken constraint is written there, and would be with what broke it, long after that person has left."""
    await make.organisation()
    body = {"nickname": "salanimi-7f3a", "password": PASSWORD}
    ok(await api.post("/v1/accounts", body), 201)
    refused(await api.post("/v1/accounts", body), 409, "login_name_taken")
    written = (data_folder / "postgres" / "log").read_text(errors="replace")
    assert "uq_account_login_key" in written
    assert "salanimi" not in written
