"""Flaws in the inspector."""

# ruff: noqa: RUF012

from starlette.responses import JSONResponse

from tests.flawed.senders.platforms import ChatApi


class ShowsHeadersOnly(ChatApi):
    """Shows the headers of what came to the inspector, and not what was in it."""

    caught_by = "api.inspection.shows-deliveries"

    async def inspected(self, request):
        shown = [{**each, "body": ""} for each in self.store.inspected()]
        return JSONResponse({"requests": shown, "failing": self.failing})


class InspectsForEver(ChatApi):
    """Does not put the address back when the inspector is switched off."""

    caught_by = "api.inspection.restores-the-address"

    def restore(self):
        pass


class InspectsNothing(ChatApi):
    """Says that it inspects, and leaves the address as it is."""

    caught_by = "api.inspection.restores-the-address"
    also = {"api.inspection.shows-deliveries"}

    def substitute(self, base):
        pass


class NamesNobody(ChatApi):
    """Says that deliveries fail, and not what the endpoint answered."""

    caught_by = "api.inspection.names-the-failing-side"

    async def inspected(self, request):
        return JSONResponse({"requests": list(self.store.inspected()), "failing": self.failing is not None})
