"""A management API as a check sees it: the reference, and platforms that get one thing wrong."""

import asyncio
import contextlib
import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.responses import JSONResponse

from hookproof import cases, providers
from hookproof.api import Api
from hookproof.api.listing import is_open, is_secret
from hookproof.cases.api.api_request import ApiRequest
from hookproof.delivery.attempt import Promise
from hookproof.delivery.secret import Secret
from hookproof.evidence.journal import Journal
from hookproof.evidence.redact import Redactor
from hookproof.providers.events import Maker
from hookproof.reference.api import ApiRefusal
from hookproof.reference.reference_platform import ReferencePlatform
from hookproof.reference.serving import served
from hookproof.target.check_key import CheckKey
from hookproof.target.sending_platform import SendingPlatform
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.inbox import Inbox
from tests.conftest import KEY

ROOT = Path(__file__).parents[2]
TOKEN = Secret(b"a token for our own tests")


def use(tmp_path, work, name="whatsable", made=ReferencePlatform, given=None, token=TOKEN):
    """What `work` makes of an API that is served for it; afterwards the account must be as it was."""
    surface = providers.load(name).surfaces(given or {})[0]
    reference = made([surface], Secret(KEY) if surface.scheme else None, TOKEN)

    async def run(base):
        inbox = Inbox("127.0.0.1", 0)
        await inbox.start()
        journal = Journal(tmp_path / f"{len(list(tmp_path.iterdir()))}.jsonl", redactor := Redactor())
        platform = SendingPlatform(
            name=name, surface=surface, base=base, trigger_url=f"{base}/trigger", register_url="", token=token,
            token_env="TOKEN", keys=[Secret(KEY)], secret_env="SECRET", maker=Maker(surface, secret=None, run="test"),
            promise=Promise(10.0, frozenset({200}), frozenset({400})), inbox=inbox, journal=journal,
            redactor=redactor, patience_s=2.0, numbers=itertools.count(1),
        )  # fmt: skip
        api = Api(platform, CheckKey("x", name))
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
    return cases.table(name)(Maker(providers.load(provider).surfaces({})[0], secret=None, run="test"))


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


def test_checks_and_the_class_keep_to_a_small_vocabulary():
    suites = [path.read_text() for path in (ROOT / "suites" / "api").glob("test_*.py")]
    verbs = {verb for text in suites for verb in re.findall(r"\bapi\.(\w+)", text)}
    public = {name for name in dir(Api) if not name.startswith("_")}

    assert verbs <= public
    assert len(verbs) <= 25 and len(public) <= 25


def test_an_endpoint_is_registered_listed_and_removed(tmp_path):
    async def work(api):
        first = await api.register()
        assert first.taken and await api.keeps_url(first) and first.names_the_endpoint
        assert (await api.list_endpoints()).entry(first)["url"] == first.url
        await api.register(first.url)
        listing = await api.list_endpoints()
        assert listing.count(first) == 1 and len(listing.ids(first)) == 1
        assert (await api.delete(first)).carried_out and not (await api.list_endpoints()).shows(first)
        assert not listing.secrets(first) and not listing.answer.shows_token

    use(tmp_path, work)


@pytest.mark.parametrize("name", ["no_urls", "odd_urls", "inner_urls"])
@pytest.mark.parametrize("provider", ["whatsable", "chatapi"])
def test_bad_urls_are_refused_by_the_reference_and_taken_by_a_careless_platform(tmp_path, name, provider):
    async def work(api):
        assert (await api.control()).taken
        return [(await api.register(url)).taken for url in table(name, provider).values()]

    assert not any(use(tmp_path, work, provider))
    if provider == "whatsable" and name == "inner_urls":
        assert all(use(tmp_path, work, provider, Careless))


def test_a_change_is_seen_to_be_made(tmp_path):
    async def work(api):
        endpoint = await api.register()
        good = await api.update(endpoint, url=api.inbox().url)
        bad = await api.update(endpoint, url="ftp://{inbox}/{token}")
        return good.carried_out, bad.carried_out and (await api.list_endpoints()).confirms(bad)

    assert use(tmp_path, work) == (True, False)
    assert use(tmp_path, work, made=Careless) == (True, True)


@pytest.mark.parametrize("provider", ["whatsable", "chatapi"])
def test_calls_without_the_right_token_are_told_apart(tmp_path, provider):
    async def work(api):
        found = []
        for request in list(table("operations", provider).values())[:2]:
            forged = [request.without_token(), *request.with_wrong_tokens(), *request.with_the_token_elsewhere()]
            found.append(bool((await api.send_all(forged)).carried_out))
        return found

    assert not any(use(tmp_path, work, provider))
    assert all(use(tmp_path, work, provider, Open))


def test_the_scheme_of_a_token_counts_and_its_case_does_not(tmp_path):
    async def work(api):
        request = table("bearer_operations")["listEndpoints"]
        answers = await api.send_all(request.with_other_schemes())
        return answers.carried_out, (await api.send(request.with_a_lower_case_scheme())).carried_out

    assert use(tmp_path, work) == ([], True)


def test_what_gives_a_secret_away_is_named(tmp_path):
    async def work(api):
        listing = await api.list_endpoints()
        return listing.secrets(await api.register())

    async def listed_later(api):
        registered = await api.register()
        return (await api.list_endpoints()).secrets(registered)

    assert use(tmp_path, work, made=Telling) == []
    assert use(tmp_path, listed_later, made=Telling) == ["signing_secret"]
    assert [is_secret(name) for name in ("secret", "apiKey", "signing_algorithm", "token_type", "webhookSecret")] == [
        True, True, False, False, True,
    ]  # fmt: skip
    assert [is_open(value) for value in ("short", "whsec_0123456789", "whsec_****")] == [False, True, False]


def test_a_listing_without_it_is_noticed_and_cleaned_up_after(tmp_path):
    async def work(api):
        registered = await api.register()
        return (await api.list_endpoints()).entry(registered)

    assert use(tmp_path, work, made=Forgetful) == {}


def test_a_broken_answer_is_kept_for_the_end_of_the_run(tmp_path):
    async def work(api):
        answer = await api.send(table("broken_requests")["no JSON"])
        assert not answer.survived
        return api.leaks

    assert "line 7, in register" in use(tmp_path, work, made=Bursting)[0]


def test_without_an_inbox_of_ours_or_a_token_nothing_is_judged(tmp_path):
    async def control(api):
        return await api.control()

    failed = use(tmp_path, control, made=Bursting)
    assert not failed.taken and str(failed).endswith("does it need an https URL: --public-url?")
    with pytest.raises(Inconclusive) as caught:
        use(tmp_path, control, token=None)
    assert caught.value.reason is Reason.PREREQUISITE_FAILED


def test_a_request_about_an_endpoint_is_not_sent_where_none_of_ours_is_registered(tmp_path):
    with pytest.raises(Inconclusive, match="an inbox of ours is not registered") as caught:
        use(tmp_path, lambda api: api.send(table("operations")["changeEndpoint"]), made=Bursting)
    assert caught.value.reason is Reason.PREREQUISITE_FAILED


def test_an_operation_that_the_api_does_not_have_is_not_judged(tmp_path):
    class Without(ReferencePlatform):
        async def listing(self, request):
            return JSONResponse({}, 404)

    plain = table("operations")["listEndpoints"]
    with pytest.raises(Inconclusive, match="no such call") as caught:
        use(tmp_path, lambda api: api.send(plain), made=Without)
    assert caught.value.reason is Reason.NOT_TRIGGERED
    assert use(tmp_path, lambda api: api.send(plain.without_token()), made=Without).refused


def test_an_endpoint_of_the_user_is_never_taken_for_one_of_ours(tmp_path):
    """The API registers something, nobody knows what; the user's endpoint has the same empty description."""
    deleted = []

    class Vague(ReferencePlatform):
        async def register(self, request):
            return JSONResponse({})

        async def listing(self, request):
            return JSONResponse([{"id": "the-users", "url": "https://h.example.net/", "description": ""}])

        async def remove(self, request):
            deleted.append(request.path_params)
            return JSONResponse({})

    async def work(api):
        return (await api.send(table("broken_requests")["null"])).carried_out

    assert use(tmp_path, work, made=Vague) and not deleted


def test_requests_about_an_endpoint_leave_no_second_one_behind(tmp_path):
    """An account's plan may limit how many there are."""

    async def work(api):
        request = table("operations")["deleteEndpoint"]
        assert (await api.send(request)).carried_out
        await api.send_all(request.with_wrong_tokens())
        assert (await api.send(table("operations")["createEndpoint"])).carried_out
        return (await api.list_endpoints()).answer.payload

    assert len(use(tmp_path, work)) == 1


def test_a_generated_request_goes_to_us_and_is_undone(tmp_path):
    plain = table("operations")["createEndpoint"]

    async def work(api):
        request = ApiRequest(
            plain.operation, plain.openapi, payload={"url": "https://somebody.example.net/hook"}, has_body=True
        )
        answer = await api.send(request)
        assert answer.carried_out and b"somebody" not in answer.attempt.delivery.body
        assert answer.documented and not answer.misfit
        payload = {"url": "https://h.example.net/", "events": 5}
        wrong = ApiRequest(plain.operation, plain.openapi, payload=payload, has_body=True, valid=False)
        assert not (await api.send(wrong)).carried_out
        assert "events" not in wrong.mistake and "5 is not of type" in wrong.mistake
        assert not request.mistake and not replace(wrong, settings=True).mistake

    use(tmp_path, work)


def test_settings_are_kept_and_restored(tmp_path):
    switches = table("switches", "chatapi")

    async def work(api):
        before = await api.settings()
        on = await api.change_settings(switches["guaranteedHooks"].on)
        assert on.carried_out and on.shown.switch("guaranteedHooks") is True
        mixed = (await api.change_settings(switches["parallelHooks"].mixed)).shown
        off = (await api.change_settings(switches["parallelHooks"].off)).shown
        assert mixed.others("parallelHooks") == off.others("parallelHooks") and "guaranteedHooks" in off
        await api.change_settings(switches["guaranteedHooks"].on)
        wrong = await api.change_settings(switches["guaranteedHooks"].to("banana"))
        assert wrong.answer.refused and wrong.shown.get("guaranteedHooks") is True
        await api.restore()
        assert await api.settings() == before

    use(tmp_path, work, "chatapi")


def test_settings_that_only_seem_to_change_are_noticed(tmp_path):
    async def work(api):
        return (await api.change_settings(table("switches", "chatapi")["guaranteedHooks"].on)).shown

    assert use(tmp_path, work, "chatapi", Unchanging).switch("guaranteedHooks") is False


def test_samples_come_and_tell_what_was_answered(tmp_path):
    async def work(api):
        sample = await api.simulate(api.inbox(), "delivered")
        assert sample.carried_out and [len(arrival.ids) for arrival in sample.arrivals] == [1]
        assert sample.possible and not sample.unpaid
        assert (await api.simulate(api.inbox(503))).names_status(503)
        await api.deliver_to(api.inbox())
        assert (await api.simulate()).arrivals

    use(tmp_path, work, "chatapi")


def test_a_sample_that_is_not_to_be_had_is_told_from_a_simulator_that_is_called_wrongly(tmp_path):
    class Choosy(ReferencePlatform):
        async def simulate(self, request):
            if (await self.read_json(request)).get("type") == "delivered":
                raise ApiRefusal(400, "ERROR_CODE_BAD_REQUEST", "not this one")
            return JSONResponse({})

    class Refusing(ReferencePlatform):
        async def simulate(self, request):
            raise ApiRefusal(400, "ERROR_CODE_BAD_REQUEST", "none")

    async def work(api):
        return (await api.simulate(api.inbox(), "delivered")).possible

    assert use(tmp_path, work, "chatapi", Choosy) is True
    assert use(tmp_path, work, "chatapi", Refusing) is False
    assert use(tmp_path, lambda api: api.simulate(api.inbox()), "chatapi", Refusing, {"paid": "no"}).unpaid


def test_the_inspector_shows_what_happens_and_gives_the_address_back(tmp_path):
    async def work(api):
        inbox = api.inbox()
        await api.deliver_to(inbox)
        await api.inspect(on=True)
        text = await api.trigger()
        assert (await api.settings()).address != inbox.url
        assert (await api.look_for(text, within="inspected")).contains(text)
        assert (await api.look_for(text, within="messages")).contains(text)
        await api.inspect(on=False)
        assert (await api.settings()).address == inbox.url

    use(tmp_path, work, "chatapi")


def test_an_endpoint_is_tried_out(tmp_path):
    async def work(api):
        sample = await api.simulate(await api.register())
        assert sample.carried_out and len(sample.arrivals) == 1

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
        return (await api.list_channels()).missing

    given = {"surfaces": "telegram", "channels.telegram": "123,456", "channels.list": "/channels"}
    assert use(tmp_path, work, "pingback", Listing, given) == ["456"]
    with pytest.raises(Inconclusive, match="say where channels are listed"):
        use(tmp_path, work, "pingback", Listing, {"surfaces": "telegram"})
