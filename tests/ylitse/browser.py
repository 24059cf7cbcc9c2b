"""A browser on a page of the Ylitse web client, or of another site."""

from typing import Any

import httpx

from tests.api import NO_CERTIFICATES, Api
from tests.factories import PASSWORD


class Browser:
    """Keeps cookies and says where a page is from."""

    def __init__(self, api: Api) -> None:
        self.contract = api.contract
        self.http = httpx.AsyncClient(base_url=api.url, timeout=20, verify=NO_CERTIFICATES, trust_env=False)
        self.host = api.url.removeprefix("http://")

    async def call(self, method: str, path: str, origin: str | None = None, **kwargs: Any) -> httpx.Response:
        headers = {**kwargs.pop("headers", {}), **({"Origin": origin.format(host=self.host)} if origin else {})}
        answer = await self.http.request(method, f"/ylitse{path}", headers=headers, **kwargs)
        self.contract.check(answer)
        return answer

    async def log_in(self, name: str, password: str = PASSWORD, mfa_token: str = "", **kwargs: Any) -> httpx.Response:
        form = {"username": (None, name), "password": (None, password), "mfa_token": (None, mfa_token)}
        return await self.call("POST", "/weblogin", files=form, **kwargs)
