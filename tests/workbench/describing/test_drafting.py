"""`hookproof init`: a folder drafted from what was captured, with no hint but the secret."""

import base64
import hashlib
import hmac
import json
import tomllib

import pytest
from click.testing import CliRunner

from hookproof import providers
from hookproof.cli import main
from hookproof.delivery.secret import Secret
from hookproof.providers import loading
from hookproof.providers.events import Maker
from hookproof.workbench.captures import Capture, line

NOW, KEY = 1796130000, b"a secret of theirs"
WHSEC = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOST = (b"Host", b"127.0.0.1:4000")


def captured(path, found):
    path.write_bytes(b"".join(map(line, found)))
    return path


def of(name, secret, count=20):
    """Deliveries of a known provider."""
    (surface, *_) = providers.load(name).surfaces({})
    maker = Maker(surface, secret=Secret(secret), run="captured", url="http://127.0.0.1:4000/in")
    kinds = list(surface.kinds("kind"))[:5]
    for at in range(count):
        made = maker.make(kinds[at % len(kinds)]).signed_at(NOW + 7 * at, "genuine")
        yield Capture(NOW + 7 * at, "POST", "/in", (HOST, *made.headers), made.body)


def invented(sign, count=20):
    """Deliveries of nobody, with the headers that `sign` makes of the time, an id and the body."""
    for at in range(count):
        order = {"id": f"evt_{at:04d}abcd", "event_type": ["order.paid", "order.sent"][at % 2], "order": {"total": at}}
        body, id_ = json.dumps(order).encode(), f"{at:08x}-0000-4000-8000-000000000000".encode()
        own = ((name, value) for name, value in sign(str(NOW + at).encode(), id_, body).items())
        yield Capture(NOW + at, "POST", "/in", (HOST, (b"Content-Type", b"application/json"), *own), body)


def drafted(tmp_path, found, secret=KEY):
    source = captured(tmp_path / "captured.jsonl", found)
    root = tmp_path / "sender"
    done = CliRunner(env={"HOOKPROOF_SECRET": secret.decode()}).invoke(main, ["init", str(root), "--from", str(source)])
    return done, root


def digest(text, name="sha256"):
    return hmac.digest(KEY, text, name)


@pytest.mark.parametrize(
    "name, secret, signs, id_",
    [
        (
            "standard-webhooks",
            b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "{id}.{timestamp}.{body}",
            "header:webhook-id",
        ),
        ("stripe", b"whsec_theirs_and_nobody_elses", "{timestamp}.{body}", "/id"),
        ("github", KEY, "{body}", "header:x-github-delivery"),
        ("slack", KEY, "v0:{timestamp}:{body}", "/event_id"),
        ("mailgun", KEY, "{/signature/timestamp}{/signature/token}", "/event-data/id"),
    ],
)
def test_a_known_scheme_is_found_with_no_hint_but_the_secret(tmp_path, name, secret, signs, id_):
    done, root = drafted(tmp_path, of(name, secret), secret)
    (surface,) = loading.load_folder(root).surfaces({})

    assert done.exit_code == 0 and "it verifies 20 of 20" in done.output
    assert surface.scheme.signs == signs
    assert surface.fields.identity[0].id == [id_]


@pytest.mark.parametrize(
    "sign, told",
    [
        (lambda at, id_, body: {b"X-Acme-Sig": base64.b64encode(digest(id_ + b"." + at + b"." + body, "sha512")),
                                b"X-Acme-Message": id_, b"X-Acme-Sent": at},
         {"algorithm": "hmac-sha512", "signs": "{id}.{timestamp}.{body}", "value": "{digest_base64}"}),
        (lambda at, id_, body: {b"X-Sig": digest(body + at, "sha1").hex().encode(), b"X-Time": at},
         {"algorithm": "hmac-sha1", "signs": "{body}{timestamp}", "headers": {"x-time": "{timestamp}"}}),
        (lambda at, id_, body: {b"Shop-Sig": b"t=" + at + b";v=" + digest(at + b":" + body).hex().encode()},
         {"signs": "{timestamp}:{body}", "value": "t={timestamp};v={digest_hex}"}),
        (lambda at, id_, body: {b"X-Sig": b"sha256=" + digest(b"POSThttp://127.0.0.1:4000/in" + body).hex().encode()},
         {"signs": "{method}{url}{body}", "value": "sha256={digest_hex}"}),
        (lambda at, id_, body: {b"X-Check": hashlib.sha256(KEY + body).hexdigest().encode()},
         {"algorithm": "sha256", "signs": "{secret}{body}"}),
        (lambda at, id_, body: {b"Authorization": b"Bearer " + KEY},
         {"algorithm": "bearer", "value": "Bearer {secret}"}),
    ],
)  # fmt: skip
def test_an_invented_scheme_is_found(tmp_path, sign, told):
    done, root = drafted(tmp_path, invented(sign))
    written = tomllib.loads((root / "provider.toml").read_text())

    assert done.exit_code == 0, done.output
    assert told.items() <= written["signature"].items()
    assert sorted(path.stem for path in (root / "events").iterdir()) == ["order.paid", "order.sent"]


def test_what_does_not_show_is_open(tmp_path):
    done, root = drafted(tmp_path, invented(lambda at, id_, body: {b"X-Sig": digest(b"?" + body).hex().encode()}))

    assert "open:  signature: no usual scheme with this secret gives what was sent (x-sig)" in done.output
    assert "open:  deadline_s: " in done.output
    assert "signature" not in tomllib.loads((root / "provider.toml").read_text())


def test_attempts_that_came_again_tell_the_id_and_the_gaps(tmp_path):
    """Each request has an id of its own, and each event another, which stays."""
    first, *_ = invented(lambda at, id_, body: {b"X-Request": id_, b"X-Delivery": b"one"}, count=1)
    other, *_ = invented(lambda at, id_, body: {b"X-Request": b"r9", b"X-Delivery": b"two"}, count=1)
    again = [Capture(first.at + gap, "POST", "/in", first.headers, first.body) for gap in (5, 35)]
    changed = Capture(other.at + 1, "POST", "/in", other.headers, other.body.replace(b"evt_0000abcd", b"evt_0001abcd"))
    done, _ = drafted(tmp_path, [first, *again, changed])

    assert "found: id: /id, different in 2 events, and the same in 2 later attempts" in done.output
    assert "found: retries: one event came 3 times, after 5 s, 30 s" in done.output


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["init", "here", "--from", "none.jsonl"], "none.jsonl: No such file or directory"),
        (["init", "Shop!", "--from", "x.jsonl"], "Shop!: name the folder after the sender"),
        (["init", "there", "--from", "x.jsonl"], "there: is there already; choose another name, or delete it"),
        (["init", "here", "--from", "words.txt"], "words.txt: is neither a capture"),
        (["init", "here", "--from", "empty.json"], "nothing in these deliveries looks like an id"),
    ],
)
def test_what_cannot_be_meant_is_one_line(tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "words.txt").write_text("words")
    (tmp_path / "empty.json").write_text('{"a": 1}')
    done = CliRunner().invoke(main, arguments)

    assert done.exit_code == 4
    assert says in done.output and len(done.output.splitlines()) == 1
