"""What an app gets before anyone logs in."""

from datetime import date, timedelta

import msgspec
import pytest
import structlog

from rinnalla.accounts.service import Organisations
from rinnalla.guidance.service import Guidance
from rinnalla.guidance.sources import CrisisLine, crisis_lines
from tests.api import Api, ok
from tests.factories import Factory


async def test_the_start_data_names_languages_apps_programmes_and_rules(api: Api, make: Factory) -> None:
    strict = await make.organisation(country="SE")
    free = await make.organisation(mentees_may_choose=True, country="NO")
    start = ok(await api.get("/v1/start"))
    assert start["languages"] == ["fi", "sv", "nb", "en"]
    assert {client["client"] for client in start["clients"]} == {"rinnalla_android", "rinnalla_ios"}
    assert [(one["id"], one["country"], one["rules"]) for one in start["programmes"]] == [
        (str(strict), "SE", {"mentees_may_choose": False, "pairs_begun_by": ["staff"]}),
        (str(free), "NO", {"mentees_may_choose": True, "pairs_begun_by": ["mentee", "staff"]}),
    ]


async def test_no_crisis_line_is_hidden(api: Api) -> None:
    lines = ok(await api.get("/v1/start"))["crisis_lines"]
    assert [line["id"] for line in lines] == [line.id for line in crisis_lines()]
    assert {line["country"]: line["id"] for line in lines} == {"FI": "fi-112", "SE": "se-112", "NO": "no-112"}
    for line in lines:
        assert line["confirmed"] in {"fresh", "stale", "unconfirmed"}
        assert (line["confirmed"] == "unconfirmed") or line["verified_at"] is not None
        assert line["timezone"].startswith("Europe/")


async def test_start_data_that_the_client_has_is_not_sent_again(api: Api, make: Factory) -> None:
    etag = (await api.get("/v1/start")).headers["etag"]
    again = await api.get("/v1/start", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    await make.organisation()
    ok(await api.get("/v1/start", headers={"If-None-Match": etag}))


def test_a_faulty_list_stops_the_start() -> None:
    with pytest.raises(ValueError, match="NO does not end with 112"):
        Guidance(Organisations(), crisis_lines()[:-1])


def test_the_operator_is_reminded() -> None:
    today = date(2026, 11, 21)
    ages = [0, 100, 100, 200]
    verified: list[CrisisLine] = [
        msgspec.structs.replace(line, verified_at=today - timedelta(days=ages[min(place, 3)]))
        for place, line in enumerate(crisis_lines())
    ]
    with structlog.testing.capture_logs() as logs:
        Guidance(Organisations(), verified).remind(today)
        Guidance(Organisations(), [msgspec.structs.replace(line, verified_at=today) for line in verified]).remind(today)
    assert [(entry["reason"], entry["count"]) for entry in logs] == [
        ("stale", 2),
        ("unconfirmed", len(verified) - 3),
    ]
