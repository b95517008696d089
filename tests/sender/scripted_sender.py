"""A webhook platform in a few lines, on the running event loop, and how to judge it."""

import asyncio
import contextlib
import json
from urllib.parse import urlsplit

from hookproof.delivery.attempt import Promise
from hookproof.delivery.secret import Secret
from hookproof.evidence.journal import Journal
from hookproof.evidence.redact import Redactor
from hookproof.providers.events import Maker
from hookproof.sender import Sender
from hookproof.target.check_key import CheckKey
from hookproof.target.sending_platform import SendingPlatform
from hookproof.wire.client import Endpoint, send
from hookproof.wire.inbox import Inbox
from tests.conftest import KEY, loaded

TOKEN = "a/token+of=ours & odd"
ITEM = CheckKey("sender.test.it", "it")


class ScriptedSender:
    """Registers endpoints, emits what it is asked for, and tries again after each of `gaps` (seconds).

    refuses    kinds that it does not know
    swallows   kinds that it promises and never delivers
    says       what the answer to a registration holds beside the endpoint
    """

    def __init__(self, maker, *, gaps=(0.05,) * 3, refuses=(), swallows=(), says=None, within_s=0.3, status=201):
        self.maker, self.gaps, self.refuses, self.swallows = maker, gaps, refuses, swallows
        self.says, self.within_s, self.status = says or {}, within_s, status
        self.calls, self.endpoints, self.settings = [], {}, {}
        self._tasks = set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            raw = await reader.readexactly(int(headers.get("content-length", 0)))
            method, target, _ = first.split(" ")
            payload = json.loads(raw) if raw else None
            self.calls.append((method, target, headers, payload))
            status, said = self.answer(method, urlsplit(target).path, payload)
            body = json.dumps(said).encode()
            writer.write(
                b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(body)) + body
            )
            await writer.drain()
        writer.close()

    def answer(self, method, path, payload):
        """Status and body of the answer to a call."""
        id_ = path.split("/")[2] if path.count("/") > 1 else ""
        match method, path:
            case "POST", "/trigger":
                return self.emit(payload["kind"], payload["text"])
            case "POST", "/settings":
                self.settings |= payload
                self.endpoints = {"1": {"url": self.settings["webhookUrl"], "enabled": True}}
                return self.status, self.settings | self.says
            case "POST", "/webhooks" | "/endpoints" | "/subscriptions":
                return self.register(payload["url"])
            case "GET", "/webhooks":
                return 200, {"webhooks": list(self.endpoints.values())}
            case "PATCH", _ if id_ in self.endpoints:
                self.endpoints[id_] |= payload
                return 200, self.endpoints[id_]
            case "DELETE", _ if id_ in self.endpoints:
                del self.endpoints[id_]
                return 200, {}
            case "POST", _ if path.endswith("/test") and id_ in self.endpoints:
                self.start(self.deliver(id_, self.maker.make()))
                return 202, {}
        return 404, {}

    def register(self, url):
        id_ = str(len(self.endpoints) + 1)
        if self.status // 100 == 2:
            self.endpoints[id_] = {"id": id_, "url": url, "enabled": True}
        return self.status, {**self.endpoints.get(id_, {}), **self.says}

    def emit(self, kind, text):
        if kind in self.refuses or kind not in self.maker.kinds:
            return 404, {"error": "no such kind"}
        delivery = self.make(kind, text)
        for id_, endpoint in self.endpoints.items() if kind not in self.swallows else ():
            if endpoint["enabled"]:
                self.start(self.deliver(id_, delivery))
        return 202, {"event": delivery.event_id}

    def make(self, kind, text):
        return self.maker.deliver(self.maker.payload(kind, plain=True, given={"{{text}}": text}), kind)

    def start(self, work):
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def deliver(self, id_, delivery):
        for gap_s in (*self.gaps, None):
            if id_ not in self.endpoints or await self.attempt(self.endpoints[id_]["url"], delivery) or gap_s is None:
                return
            await asyncio.sleep(gap_s)

    async def attempt(self, url, delivery):
        """One request; whether it was acknowledged."""
        got = await send(Endpoint(url), "POST", delivery.headers, delivery.body, within_s=self.within_s)
        return got.outcome == "answered" and got.status in self.maker.surface.provider.acknowledges


def judged(folder, work, name="whatsable", given=None, *, sender=ScriptedSender, surface="", token=TOKEN, key=KEY,
           register="", patience_s=2.0, deadline_s=0.3, restart="", base="", **options):  # fmt: skip
    """What `work` finds out, given the `Sender` of a check, and the platform itself."""
    surfaces = loaded(name).surfaces(given or {})
    chosen = next(one for one in surfaces if surface in ("", one.name))
    provider, redactor = chosen.provider, Redactor()
    secret = Secret(key) if key else None
    for value in [each for each in (key, token.encode()) if each]:
        redactor.add(value)
    (folder / "run.jsonl").unlink(missing_ok=True)
    journal = Journal(folder / "run.jsonl", redactor)

    async def main():
        inbox = Inbox()
        await inbox.start()
        async with sender(Maker(chosen, secret=secret if chosen.scheme else None, run="test"), **options) as scripted:
            try:
                return await work(Sender(SendingPlatform(
                    name=chosen.subject, surface=chosen, base=base or scripted.url,
                    trigger_url=f"{base or scripted.url}/trigger",
                    register_url=f"{scripted.url}/{register}" if register else "",
                    token=Secret(token.encode()) if token else None, token_env="MY_TOKEN",
                    keys=[secret] if secret and chosen.scheme else [], secret_env="MY_SECRET",
                    maker=Maker(chosen, secret=secret if chosen.scheme else None, run="test"),
                    promise=Promise(deadline_s, provider.acknowledges, frozenset(provider.fields.rejects)),
                    inbox=inbox, journal=journal, redactor=redactor, patience_s=patience_s, restart=restart,
                    numbers=inbox.numbers,
                ), ITEM), scripted)  # fmt: skip
            finally:
                await inbox.stop()

    with contextlib.closing(journal):
        return asyncio.run(main())
