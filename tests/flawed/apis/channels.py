"""Flaws in showing the connected channels."""

# ruff: noqa: RUF012

from starlette.responses import JSONResponse

from hookproof.reference.reference_platform import ReferencePlatform


class NoFlawInChannels(ReferencePlatform):
    """None: it shows the connected channels."""

    provider = "pingback"
    parameters = {"surfaces": "telegram", "channels.telegram": "123", "channels.list": "/channels"}
    caught_by = ()

    def routes(self):
        yield self.route("/channels", "GET", self.channels)
        yield from super().routes()

    async def channels(self, request):
        return JSONResponse({"channels": [self.shown("123")]})

    def shown(self, id_):
        return {"id": id_, "name": "Support", "type": "telegram"}


class NamesChannelsOnly(NoFlawInChannels):
    """Shows the names of the channels and not their ids."""

    caught_by = "api.channels.shows-the-id"

    def shown(self, id_):
        return {"name": "Support", "type": "telegram"}
