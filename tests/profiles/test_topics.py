"""What can be talked about."""

from tests.api import Api, ok


async def test_every_topic_has_a_name_in_every_language(api: Api) -> None:
    topics = ok(await api.get("/v1/topics"))["items"]
    assert len(topics) >= 20
    for topic in topics:
        assert set(topic["names"]) == {"fi", "sv", "nb", "en"}
        assert all(name.strip() == name and name for name in topic["names"].values())
    for language in ("fi", "sv", "nb", "en"):
        assert len({topic["names"][language] for topic in topics}) == len(topics)
