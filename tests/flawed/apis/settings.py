"""Flaws in keeping an account's settings."""

# ruff: noqa: RUF012

import ipaddress
from urllib.parse import urlsplit

from starlette.responses import JSONResponse

from tests.flawed.senders.platforms import ChatApi


class _Adjustable(ChatApi):
    """A platform with settings, which it shows as they are kept."""

    def shown_settings(self):
        return super().shown_settings() | self.store.settings()


class ForgetsASwitch(_Adjustable):
    """Says yes to a switch that it does not keep."""

    caught_by = "api.settings.keeps-what-was-set"

    def shown_settings(self):
        return super().shown_settings() | {"videoUploadOn": False}


class SwitchesTwoAtOnce(_Adjustable):
    """Gives a switch the value that another is given."""

    caught_by = "api.settings.changes-nothing-else"
    also = {"api.settings.keeps-what-was-set"}

    async def change_settings(self, request):
        answer = await super().change_settings(request)
        self.store.set("videoUploadOn", not self.is_off("chatUpdateOn"))
        return answer


class ForgetsWhatIsNotGiven(_Adjustable):
    """Takes what a change does not name for switched off."""

    caught_by = "api.settings.changes-nothing-else"

    async def change_settings(self, request):
        for name in self.switches:
            self.store.set(name, False)
        return await super().change_settings(request)


class KeepsAnyValue(_Adjustable):
    """Keeps in a switch whatever it is given."""

    caught_by = "api.settings.keeps-no-wrong-type"
    also = {"api.inspection.restores-the-address", "api.settings.keeps-the-address"}

    async def change_settings(self, request):
        body = await self.read_json(request)
        for name in self.switches:
            if name in body:
                self.store.set(name, body[name])
        return JSONResponse(self.shown_settings())


class AddsASlash(_Adjustable):
    """Shows the address with a slash more than was set."""

    caught_by = "api.settings.keeps-the-address"
    also = {"api.endpoints.keeps-any-good-url", "api.inspection.restores-the-address"}

    def shown_settings(self):
        address = self.address()
        return super().shown_settings() | {"webhookUrl": address and f"{address}/"}


class WantsAName(_Adjustable):
    """Refuses an address of a machine."""

    caught_by = "api.settings.takes-a-bare-address"

    def accepts_url(self, url):
        if not super().accepts_url(url):
            return False
        try:
            ipaddress.ip_address(urlsplit(url).hostname)
        except ValueError:
            return True
        return False


class WantsHttps(_Adjustable):
    """Refuses http://."""

    caught_by = "api.settings.takes-plain-http"

    def accepts_url(self, url):
        return super().accepts_url(url) and url.startswith("https://")
