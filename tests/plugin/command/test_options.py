"""What is asked for reaches the run: surfaces, channels, secrets, observers, and what was found without a provider."""

import contextlib
import json
import sys
from types import SimpleNamespace

import pytest

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.plugin.command.options import settings
from hookproof.reference.receiver import ReferenceReceiver
from hookproof.reference.reference_site import Site
from hookproof.reference.serving import served
from tests.plugin.test_plugin import KEY, run_pytest

ONE = ("-k", "acknowledges_every_documented_kind and text")


@contextlib.contextmanager
def _site(name, given=None, secrets=None, **options):
    surfaces = providers.load(name).surfaces(given or {})
    keys = secrets or {}
    signed = [(one, Secret(keys.get(one.name, KEY).encode()) if one.scheme else None) for one in surfaces]
    site = Site(signed, **options)
    with contextlib.closing(site), served(site.app()) as base:
        yield site, base


def _run(folder, *arguments, **more):
    done = run_pytest(folder, *arguments, "--report", "run", **more)
    assert (folder / "run" / "results.json").is_file(), done.stdout + done.stderr
    journal = [json.loads(line) for line in (folder / "run" / "run.jsonl").read_text().splitlines()]
    checks = json.loads((folder / "run" / "results.json").read_text())["checks"]
    return done, journal, checks


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["--provider", "pingback", "--set", "surfaces=fax"], "choose one of whatsapp, instagram, telegram, x, email"),
        (["--provider", "pingback", "--set", "surfaces=email", "--set", "email=paper"], "choose one of json, form"),
        (["--provider", "pingback", "--set", "surfaces=email_form"], "none of them is there"),
        (["--provider", "waping"], "$HOOKPROOF_SECRET or --set signature.algorithm=none"),
        (["--provider", "pingback", "--set", "signatures=platform"], "pingback.whatsapp signs deliveries"),
        (["--provider", "pingback", "--set", "crc=x"], "pingback.x signs deliveries"),
        (["--set", "channels.fax=1"], "no provider has that parameter"),
    ],
)
def test_what_cannot_be_is_one_line(tmp_path, arguments, says):
    done = run_pytest(tmp_path, "--target", "http://127.0.0.1:9/", *arguments, key="")

    assert done.returncode == 4 and says in done.stderr, done.stdout + done.stderr
    assert len([line for line in done.stderr.splitlines() if line.strip()]) == 1


def test_what_is_found_is_said_and_judged(tmp_path):
    with _site("pingback", {"surfaces": "telegram,email"}) as (_, base):
        done, journal, checks = _run(tmp_path, "--target", base, *ONE, key="")

    found = ["found of pingback: telegram, email",
             "not there, so not judged: whatsapp (404), instagram (404), x (404)"]  # fmt: skip
    assert all(line in done.stdout for line in found)
    assert [row["text"] for row in journal if row.get("name") == "surfaces"] == found
    assert {check["subject"] for check in checks if check["verdict"] == "pass"} == {"pingback.telegram",
                                                                                     "pingback.email"}  # fmt: skip


def test_chosen_surfaces_and_channels_are_where_deliveries_go(tmp_path):
    given = {"surfaces": "telegram,x", "channels.telegram": "77", "channels.x": "a-b"}
    with _site("pingback", given) as (_, base):
        sets = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
        _, journal, checks = _run(tmp_path, "--target", base, "--provider", "pingback", *sets, *ONE, key="")
    urls = {row["url"].removeprefix(base) for row in journal if row["type"] == "attempt"}

    assert urls == {"/api/v1/webhooks/telegram/77", "/api/v1/webhooks/x/a-b"}
    assert {check["verdict"] for check in checks} == {"pass"}


def test_a_target_that_ends_in_a_documented_path_means_that_endpoint_alone(tmp_path):
    given = {"channels.telegram": "77"}
    with _site("pingback", given) as (_, base):
        target = f"{base}/api/v1/webhooks/telegram/77"
        _, journal, checks = _run(tmp_path, "--target", target, "--provider", "pingback", *ONE, key="")

    assert {check["subject"] for check in checks} == {"pingback.telegram"}
    assert {row["url"] for row in journal if row["type"] == "attempt"} == {target}
    assert {check["verdict"] for check in checks} == {"pass"}


def test_each_surface_may_have_a_secret_of_its_own(tmp_path):
    given = {"signatures": "platform", "surfaces": "whatsapp,telegram"}
    secrets = {"whatsapp": "the app's own secret", "telegram": "a_token_for_telegram"}
    with _site("pingback", given, secrets) as (_, base):
        sets = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
        more = {"HOOKPROOF_SECRET_TELEGRAM": secrets["telegram"]}
        arguments = ("--target", base, "--provider", "pingback", *sets, *ONE)
        _, _, checks = _run(tmp_path, *arguments, key=secrets["whatsapp"], **more)

    assert {check["verdict"] for check in checks} == {"pass"}
    assert not any(one in (tmp_path / "run" / "run.jsonl").read_text() for one in secrets.values())


def test_a_configuration_file_holds_dotted_names(tmp_path):
    text = '[set]\nsurfaces = "telegram"\n"channels.telegram" = "77"\n'
    with _site("pingback", {"surfaces": "telegram", "channels.telegram": "77"}) as (_, base):
        (tmp_path / "hookproof.toml").write_text(f'target = "{base}"\nprovider = "pingback"\n{text}')
        _, journal, checks = _run(tmp_path, "--pyargs", "hookproof.suites", *ONE, key="")

    assert journal[0]["parameters"]["channels.telegram"] == "77"
    assert {check["verdict"] for check in checks} == {"pass"}


def _again(base):
    return f"{sys.executable} -c 'import urllib.request as r; r.urlopen(\"{base}/restart\")'"


class Forgetful(ReferenceReceiver):
    """Keeps what it has seen in its process only."""

    def __init__(self, *given):
        super().__init__(*given)
        self.seen = set()

    def accept(self, id_, body):
        if id_ not in self.seen:
            self.seen.add(id_)
            self.count(id_)

    def forget(self):
        self.seen.clear()


@pytest.mark.parametrize("receiver, verdict", [(ReferenceReceiver, "pass"), (Forgetful, "fail")])
def test_a_restart_shows_what_only_the_process_knew(tmp_path, receiver, verdict):
    with _site("chatapi", receiver=receiver) as (site, base):
        arguments = ("--target", f"{base}/hook", "--provider", "chatapi", "--effects", site.observer(base))
        more = ("--restart", _again(base), "-k", "restart", "--patience", "2")
        _, _, checks = _run(tmp_path, *arguments, *more, key="")

    found = {check["verdict"] for check in checks}
    assert verdict in found and found <= {verdict, "pass"}


QUERY = "SELECT coalesce(sum(count), 0) FROM effects WHERE id = :event_id"
COUNT = "import json, sys, urllib.request as r; print(json.load(r.urlopen(sys.argv[1] + sys.argv[2]))['count'])"


@pytest.mark.parametrize("form", ["http", "exec", "sql"])
def test_effects_are_counted_by_any_observer(tmp_path, form):
    with _site("chatapi", database=str(tmp_path / "effects.db")) as (_, base):
        effects = {
            "http": f"{base}/effects/{{event_id}}",
            "exec": f"exec:{sys.executable} count.py {base}/effects/ {{event_id}}",
            "sql": f"sql+sqlite:///{tmp_path}/effects.db#{QUERY}",
        }[form]
        (tmp_path / "count.py").write_text(COUNT)
        arguments = ("--target", f"{base}/hook", "--provider", "chatapi", "--effects", effects, "--patience", "3")
        _, journal, checks = _run(tmp_path, *arguments, "-k", "processes_a_retry_once", key="")

    assert {check["verdict"] for check in checks} == {"pass"}, [check["message"] for check in checks]
    assert form in journal[0]["observer"]


def test_effects_are_heard_as_socketio_events(tmp_path):
    with _site("pingback", {"surfaces": "whatsapp"}) as (site, base):
        arguments = ("--target", base, "--provider", "pingback", "--set", "surfaces=whatsapp", "--patience", "3")
        more = ("--effects", site.observer(base), "-k", "processes_a_retry_once")
        _, _, checks = _run(tmp_path, *arguments, *more, key="")

    assert {check["verdict"] for check in checks} == {"pass"}, [check["message"] for check in checks]


# -- senders and management APIs: read in this process, because that is a hundred times quicker

URL = "http://127.0.0.1:9"
TRIGGER = f"{URL}/trigger"


@pytest.fixture
def read(tmp_path, monkeypatch):
    """The settings of a command line with these options."""
    for name in ("HOOKPROOF_SECRET", "HOOKPROOF_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def run(**given):
        where = SimpleNamespace(dir=tmp_path)
        typed = SimpleNamespace(**{f"hookproof_{name}": value for name, value in {"target": URL, **given}.items()})
        typed.collectonly = False
        return settings(SimpleNamespace(option=typed, invocation_params=where, stash={}))

    return run


@pytest.mark.parametrize(
    "given, says",
    [
        (
            {"provider": ["whatsable"], "role": ["sender"]},
            "say by what URL it emits an event: --trigger URL",
        ),
        ({"provider": ["waping"], "role": ["sender"], "trigger": TRIGGER}, "waping documents no API to register an"),
        ({"provider": ["pingback"], "role": ["sender"], "trigger": TRIGGER}, "--register URL"),
        ({"provider": ["whatsable"], "role": ["sender"], "trigger": "trigger"}, "--trigger trigger: not a URL"),
        ({"provider": ["whatsable"], "role": ["sender"], "trigger": TRIGGER, "register": "ftp://x/"}, "--register ftp"),
        ({"role": ["api"]}, f"--role api: say whose documents count: --provider {'|'.join(providers.names())}"),
        ({"role": ["sender"], "trigger": TRIGGER}, "--role sender: say whose documents count"),
        ({"provider": ["waping"], "role": ["api"]}, "role api is not documented for waping; choose receiver, sender"),
        ({"provider": ["whatsable"], "role": ["receiver", "sender"], "trigger": TRIGGER}, "test them in two runs"),
        (
            {"provider": ["whatsable"], "role": ["sender", "operator"]},
            "unknown role 'operator'; choose receiver",
        ),
        ({"provider": ["whatsable"]}, "put the endpoint's secret in $HOOKPROOF_SECRET"),
    ],
    ids=str,
)
def test_what_a_sender_needs_is_said_in_one_line(read, given, says):
    with pytest.raises(pytest.UsageError) as wrong:
        read(**given)

    assert says in str(wrong.value) and len(str(wrong.value).splitlines()) == 1


def test_a_sender_may_give_its_secret_when_it_is_asked_to(read, monkeypatch):
    known = {"provider": ["whatsable"], "role": ["sender", "api"], "trigger": TRIGGER}
    without = read(**known)
    monkeypatch.setenv("HOOKPROOF_SECRET", KEY)
    with_one = read(**known)

    assert without.secrets["whatsable"].secret is None and without.secrets["whatsable"].env == "HOOKPROOF_SECRET"
    assert with_one.secrets["whatsable"].secret.reveal() == KEY.encode()
    assert (without.roles, without.trigger, without.register) == (("sender", "api"), TRIGGER, "")


def test_the_token_is_read_from_its_variable(read, monkeypatch):
    monkeypatch.setenv("MY_TOKEN", " a token\n")
    known = {"provider": ["whatsable"], "role": ["api"]}
    named, absent = read(**known, token_env="MY_TOKEN").token, read(**known).token

    assert (named.secret.reveal(), named.env) == (b"a token", "MY_TOKEN")
    assert (absent.secret, absent.env) == (None, "HOOKPROOF_TOKEN")


def test_an_api_needs_no_trigger_and_a_registration_may_be_told(read):
    assert read(provider=["whatsable"], role=["api"]).trigger == ""
    made = read(provider=["waping"], role=["sender"], trigger=TRIGGER, register=f"{URL}/endpoints")

    assert (made.register, [surface.subject for surface in made.surfaces]) == (f"{URL}/endpoints", ["waping"])


def test_a_configuration_file_names_a_sender_too(read, tmp_path):
    text = f'role = "sender"\nprovider = "whatsable"\ntrigger = "{TRIGGER}"\ntoken_env = "MY_TOKEN"\n'
    (tmp_path / "hookproof.toml").write_text(text)
    made = read()

    assert (made.roles, made.trigger, made.token.env) == (("sender",), TRIGGER, "MY_TOKEN")
