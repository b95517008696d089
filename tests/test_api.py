"""A management API as a check sees it: the reference, and platforms that get one thing wrong."""

import asyncio
import contextlib
import itertools

import pytest
from starlette.responses import JSONResponse

from hookproof import cases, specs
from hookproof.api import Api
from hookproof.api.endpoints import is_open, is_secret
from hookproof.api.generated import Request
from hookproof.events import Maker
from hookproof.inbox import Inbox
from hookproof.journal import Journal
from hookproof.model import Promise, Secret
from hookproof.platform import Platform
from hookproof.redact import Redactor
from hookproof.reference.platform import ReferencePlatform
from hookproof.reference.serving import served
from hookproof.verdict import Inconclusive, Reason
from tests.conftest import KEY

TOKEN = Secret(b"a token for our own tests")


def use(tmp_path, work, name="whatsable", made=ReferencePlatform, given=None, token=TOKEN):
    """What `work` makes of an API that is served for it; afterwards the account must be as it was."""
    surface = specs.load(name).surfaces(given or {})[0]
    reference = made([surface], Secret(KEY) if surface.scheme else None, TOKEN)

    async def run(base):
        inbox = Inbox("127.0.0.1", 0)
        await inbox.start()
        journal = Journal(tmp_path / f"{len(list(tmp_path.iterdir()))}.jsonl", redactor := Redactor())
        platform = Platform(
            name=name, surface=surface, base=base, trigger_url=f"{base}/trigger", register_url="", token=token,
            token_env="TOKEN", keys=[Secret(KEY)], secret_env="SECRET", maker=Maker(surface, secret=None, run="test"),
            promise=Promise(10.0, frozenset({200}), frozenset({400})), inbox=inbox, journal=journal,
            redactor=redactor, patience_s=2.0, numbers=itertools.count(1),
        )  # fmt: skip
        api = Api(platform, {"id": "x", "subject": name, "case": None})
        try:
            return await work(api)
        finally:
            await api.restore()
            await inbox.stop()
            journal.close()

    with contextlib.closing(reference), served(reference.app()) as base:
        found = asyncio.run(run(base))
        assert not [each.url for each in reference.store.endpoints()] or made is not ReferencePlatform
        return found


def table(name, provider="whatsable"):
    return cases.table(name)(Maker(specs.load(provider).surfaces({})[0], secret=None, run="test"))


class Careless(ReferencePlatform):
    """Takes any URL."""

    def accepts_url(self, url):
        return True


class Open(ReferencePlatform):
    """Asks nobody who they are."""

    def authorised(self, request, security):
        return True


class Telling(ReferencePlatform):
    """Lists the secret of every endpoint."""

    def listed(self, endpoint):
        return {**super().listed(endpoint), "signing_secret": "whsec_0123456789"}


class Forgetful(ReferencePlatform):
    """Lists nothing."""

    async def listing(self, request):
        return JSONResponse([])


class Bursting(ReferencePlatform):
    """Shows where it broke."""

    async def register(self, request):
        return JSONResponse({"error": 'File "/srv/app.py", line 7, in register'}, 500)


class Unchanging(ReferencePlatform):
    """Says that settings are changed."""

    async def change_settings(self, request):
        return JSONResponse({})


def test_an_endpoint_is_registered_listed_and_removed(tmp_path):
    async def work(api):
        first = await api.registered()
        assert first.taken and first.verbatim and api.names_itself(first)
        assert (await api.entry(first))["url"] == first.url
        assert await api.count((await api.registered_twice())[0]) == 1
        assert api.served(await api.remove(first)) and not await api.entry(first)
        assert not api.secrets_in(await api.listing(), first) and not api.shows_token()

    use(tmp_path, work)


@pytest.mark.parametrize("name", ["no_urls", "odd_urls", "inner_urls"])
@pytest.mark.parametrize("provider", ["whatsable", "chatapi"])
def test_bad_urls_are_refused_by_the_reference_and_taken_by_a_careless_platform(tmp_path, name, provider):
    async def work(api):
        return [(await api.refusal(url)).taken for url in table(name, provider).values()]

    assert not any(use(tmp_path, work, provider))
    if provider == "whatsable" and name == "inner_urls":
        assert all(use(tmp_path, work, provider, Careless))


def test_a_change_is_seen_to_be_made(tmp_path):
    async def work(api):
        good, bad = await api.changed_url("ftp://{inbox}/{token}")
        return api.served(good), await api.kept_by(bad)

    assert use(tmp_path, work) == (True, False)
    assert use(tmp_path, work, made=Careless) == (True, True)


@pytest.mark.parametrize("provider", ["whatsable", "chatapi"])
def test_calls_without_the_right_token_are_told_apart(tmp_path, provider):
    async def work(api):
        found = []
        for operation in list(api.operations.values())[:2]:
            calls = [await api.without_token(operation), *await api.with_wrong_tokens(operation)]
            calls += await api.with_the_token_elsewhere(operation)
            found.append(api.served_among(calls) is not None)
        return found

    assert not any(use(tmp_path, work, provider))
    assert all(use(tmp_path, work, provider, Open))


def test_the_scheme_of_a_token_counts_and_its_case_does_not(tmp_path):
    async def work(api):
        operation = api.operations["listEndpoints"]
        calls = await api.with_other_schemes(operation)
        return api.served_among(calls), api.served(await api.with_a_lower_case_scheme(operation))

    assert use(tmp_path, work) == (None, True)


def test_what_gives_a_secret_away_is_named(tmp_path):
    async def work(api):
        return api.secrets_in(await api.listing(), await api.registered())

    async def listed_later(api):
        registered = await api.registered()
        return api.secrets_in(await api.listing(), registered)

    assert use(tmp_path, work, made=Telling) == []
    assert use(tmp_path, listed_later, made=Telling) == ["signing_secret"]
    assert [is_secret(name) for name in ("secret", "apiKey", "signing_algorithm", "token_type", "webhookSecret")] == [
        True, True, False, False, True,
    ]  # fmt: skip
    assert [is_open(value) for value in ("short", "whsec_0123456789", "whsec_****")] == [False, True, False]


def test_a_listing_without_it_is_noticed_and_cleaned_up_after(tmp_path):
    async def work(api):
        return await api.entry(await api.registered())

    assert use(tmp_path, work, made=Forgetful) == {}


def test_a_broken_answer_is_kept_for_the_end_of_the_run(tmp_path):
    async def work(api):
        made = await api.register_raw(table("broken_requests")["no JSON"])
        assert not made.survived
        return api.leaks

    assert "line 7, in register" in use(tmp_path, work, made=Bursting)[0]


@pytest.mark.parametrize("made, token", [(Bursting, TOKEN), (ReferencePlatform, None)])
def test_without_an_inbox_of_ours_or_a_token_nothing_is_judged(tmp_path, made, token):
    with pytest.raises(Inconclusive) as caught:
        use(tmp_path, lambda api: api.refusal("ftp://{inbox}/"), made=made, token=token)
    assert caught.value.reason is Reason.PREREQUISITE_FAILED


def test_a_generated_request_goes_to_us_and_is_undone(tmp_path):
    async def work(api):
        operation = api.operations["createEndpoint"]
        request = Request(operation, {}, {"url": "https://somebody.example.net/hook"}, has_body=True)
        made = await api.try_request(request)
        assert api.served(made) and b"somebody" not in made.delivery.body
        assert api.documented(operation, made) and not api.misfit(operation, made)
        wrong = Request(operation, {}, {"url": "https://h.example.net/", "events": 5}, has_body=True, valid=False)
        assert not api.wrongly_taken(wrong, await api.try_request(wrong))
        assert "events" not in api.wrongly_taken(wrong, made) and "5 is not of type" in api.wrongly_taken(wrong, made)

    use(tmp_path, work)


def test_settings_are_kept_and_restored(tmp_path):
    async def work(api):
        before = await api.read()
        assert await api.kept("guaranteedHooks", True) is True
        others = await api.beside("parallelHooks")
        assert others[0] == others[1]
        call, shown = await api.after_a_wrong_type("guaranteedHooks", "banana")
        assert api.refused(call) and shown is True
        await api.restore()
        assert await api.read() == before

    use(tmp_path, work, "chatapi")


def test_settings_that_only_seem_to_change_are_noticed(tmp_path):
    async def work(api):
        return await api.kept("guaranteedHooks", True)

    assert use(tmp_path, work, "chatapi", Unchanging) is False


def test_samples_come_and_tell_what_was_answered(tmp_path):
    async def work(api):
        made, arrivals = await api.sample("delivered")
        assert api.served(made) and [api.events(arrival) for arrival in arrivals] == [1]
        assert api.tells(await api.simulated_at(503), 503)
        assert (await api.simulated_at_the_known_address())[1]

    use(tmp_path, work, "chatapi")


def test_the_inspector_shows_what_happens_and_gives_the_address_back(tmp_path):
    async def work(api):
        own, during, afterwards = await api.substituted()
        assert during != own == afterwards
        await api.address()
        await api.inspect(on=True)
        text = await api.happen()
        assert text.encode() in (await api.inspected(text)).exchange.body
        assert text.encode() in (await api.messages(text)).exchange.body

    use(tmp_path, work, "chatapi")


def test_an_endpoint_is_tried_out(tmp_path):
    async def work(api):
        made, arrivals = await api.tried_out()
        assert api.served(made) and len(arrivals) == 1

    use(tmp_path, work)


class Listing(ReferencePlatform):
    """Lists the only channel there is."""

    def routes(self):
        yield from super().routes()
        yield self.route("/channels", "GET", self.channels)

    async def channels(self, request):
        return JSONResponse([{"id": "123", "type": "telegram"}])


def test_channels_are_looked_for_where_they_are_listed(tmp_path):
    async def work(api):
        return (await api.channels())[1]

    given = {"surfaces": "telegram", "channels.telegram": "123,456", "channels.list": "/channels"}
    assert use(tmp_path, work, "pingback", Listing, given) == ["456"]
    with pytest.raises(Inconclusive, match="say where channels are listed"):
        use(tmp_path, work, "pingback", Listing, {"surfaces": "telegram"})
