"""Flaws in keeping an account's settings."""

import ipaddress
from urllib.parse import urlsplit

from starlette.responses import JSONResponse

from hookproof.reference.platform import ReferencePlatform


class _Adjustable(ReferencePlatform):
    """A platform with settings, which it shows as they are kept."""

    provider = "chatapi"

    def shown_settings(self):
        return super().shown_settings() | self.store.settings()


class ForgetsASwitch(_Adjustable):
    """Says yes to a switch that it does not keep."""

    bug = ""
    caught_by = "api.settings.keeps-what-was-set"
    also = None

    def shown_settings(self):
        return super().shown_settings() | {"videoUploadOn": False}


class SwitchesTwoAtOnce(_Adjustable):
    """Gives a switch the value that another is given."""

    bug = ""
    caught_by = "api.settings.changes-nothing-else"
    also = None

    async def change_settings(self, request):
        answer = await super().change_settings(request)
        self.store.set("videoUploadOn", not self.is_off("chatUpdateOn"))
        return answer


class ForgetsWhatIsNotGiven(_Adjustable):
    """Takes what a change does not name for switched off."""

    bug = ""
    caught_by = "api.settings.changes-nothing-else"
    also = None

    async def change_settings(self, request):
        for name in self.switches:
            self.store.set(name, False)
        return await super().change_settings(request)


class KeepsAnyValue(_Adjustable):
    """Keeps in a switch whatever it is given."""

    bug = ""
    caught_by = "api.settings.keeps-no-wrong-type"
    also = None

    async def change_settings(self, request):
        body = await self.read_json(request)
        for name in self.switches:
            if name in body:
                self.store.set(name, body[name])
        return JSONResponse(self.shown_settings())


class AddsASlash(_Adjustable):
    """Shows the address with a slash more than was set."""

    bug = ""
    caught_by = "api.settings.keeps-the-address"
    also = None

    def shown_settings(self):
        address = self.address()
        return super().shown_settings() | {"webhookUrl": address and f"{address}/"}


class WantsAName(_Adjustable):
    """Refuses an address of a machine."""

    bug = ""
    caught_by = "api.settings.takes-a-bare-address"
    also = None

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

    bug = ""
    caught_by = "api.settings.takes-plain-http"
    also = None

    def accepts_url(self, url):
        return super().accepts_url(url) and url.startswith("https://")
