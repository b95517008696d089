"""Flaws in reading requests and in answering them."""

import json
import traceback

from starlette.responses import JSONResponse, PlainTextResponse

from hookproof.reference.api import Refused
from hookproof.reference.platform import ReferencePlatform


class BreaksOnOtherEvents(ReferencePlatform):
    """Breaks when the events are changed that an endpoint is for."""

    bug = ""
    caught_by = "api.operations.answers-documented-requests"
    also = None

    async def change(self, request):
        await request.body()  # kept, so that it can be read again
        if "events" in await self.read_json(request):
            raise Refused(500, "ERROR_CODE_FATAL", "No such column: events")
        return await super().change(request)


class WritesSwitchesAsNumbers(ReferencePlatform):
    """Shows switches as 1 and 0 where the document says true and false."""

    bug = ""
    provider = "chatapi"
    caught_by = "api.operations.answers-in-the-documented-form"
    also = None

    def shown_settings(self):
        shown = super().shown_settings()
        return shown | {name: int(shown[name]) for name in self.switches}


class CountsWhateverItIsGiven(ReferencePlatform):
    """Breaks on a description that has no length."""

    bug = "M6"
    caught_by = "api.operations.survives-what-is-not-documented"
    also = None

    def text(self, body, name, most=1024):
        if len(body.get(name, "")) > most:
            raise Refused(400, "ERROR_CODE_BAD_REQUEST", f"{name} is a text of at most {most} characters")
        return super().text(body, name, most)


class WritesDownWhateverItIsGiven(ReferencePlatform):
    """Makes a text of whatever is given for a description."""

    bug = ""
    caught_by = "api.operations.refuses-other-types"
    also = None

    def text(self, body, name, most=1024):
        return super().text({name: str(body.get(name, ""))[:most]}, name, most)


class TakesAnyBodyForAnObject(ReferencePlatform):
    """Breaks on a body that is no object."""

    bug = ""
    caught_by = "api.operations.survives-a-broken-body"
    also = None

    async def read_json(self, request):
        return json.loads(await request.body())


class StopsAtABrokenBody(ReferencePlatform):
    """Refuses a body that is no object, and registers nothing from then on."""

    bug = ""
    caught_by = "api.operations.survives-a-broken-body"
    also = None

    async def read_json(self, request):
        try:
            return await super().read_json(request)
        except Refused:
            self.accepts_url = lambda url: False
            raise


class TakesAnyEventsForAList(ReferencePlatform):
    """Breaks on events that are no list."""

    bug = "M6"
    caught_by = "api.operations.survives-a-wrong-type"
    also = None

    def checked_events(self, body):
        return super().checked_events({"events": [*dict.fromkeys(body.get("events", []))]})


class RefusesWithA200(ReferencePlatform):
    """Says in a 200 that nothing is registered."""

    bug = ""
    caught_by = "api.operations.refuses-a-broken-body"
    also = None

    async def register(self, request):
        try:
            return await super().register(request)
        except Refused as refused:
            return JSONResponse({"success": False, **json.loads(refused.response.body)})


class ShowsWhereItBreaks(ReferencePlatform):
    """Breaks on a body that it cannot read, and answers with the stack trace."""

    bug = ""
    caught_by = ("api.operations.survives-a-broken-body", "api.operations.tells-nothing-of-its-inside")
    also = None

    async def register(self, request):
        try:
            return await super().register(request)
        except Refused:
            return PlainTextResponse(traceback.format_exc(), 500)
