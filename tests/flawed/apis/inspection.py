"""Flaws in the inspector."""

from starlette.responses import JSONResponse

from hookproof.reference.platform import ReferencePlatform


class _Inspected(ReferencePlatform):
    """A platform with an inspector."""

    provider = "chatapi"


class ShowsHeadersOnly(_Inspected):
    """Shows the headers of what came to the inspector, and not what was in it."""

    bug = ""
    caught_by = "api.inspection.shows-deliveries"
    also = None

    async def inspected(self, request):
        shown = [{**each, "body": ""} for each in self.store.inspected()]
        return JSONResponse({"requests": shown, "failing": self.failing})


class InspectsForEver(_Inspected):
    """Does not put the address back when the inspector is switched off."""

    bug = ""
    caught_by = "api.inspection.restores-the-address"
    also = None

    def restore(self):
        pass


class InspectsNothing(_Inspected):
    """Says that it inspects, and leaves the address as it is."""

    bug = ""
    caught_by = "api.inspection.restores-the-address"
    also = None

    def substitute(self, base):
        pass


class NamesNobody(_Inspected):
    """Says that deliveries fail, and not what the endpoint answered."""

    bug = ""
    caught_by = "api.inspection.names-the-failing-side"
    also = None

    async def inspected(self, request):
        return JSONResponse({"requests": list(self.store.inspected()), "failing": self.failing is not None})
