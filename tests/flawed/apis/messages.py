"""Flaws in what those get who ask instead of being delivered to."""

from starlette.responses import JSONResponse

from hookproof.reference.platform import ReferencePlatform


class ListsNoMessages(ReferencePlatform):
    """Tells whoever asks of none of the messages that it delivers."""

    bug = ""
    provider = "chatapi"
    caught_by = "api.messages.lists-what-was-delivered"
    also = None

    async def messages(self, request):
        return JSONResponse({"messages": []})
