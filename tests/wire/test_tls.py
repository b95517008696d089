"""A whole run against TLS servers, good and bad: what the checks of transport say of each."""

import contextlib
import json
import socket
import ssl
import threading
import time

import pytest
import trustme
import uvicorn

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.reference.receiver import ReferenceReceiver
from hookproof.reference.serving import served
from tests.plugin.test_plugin import KEY, run_pytest

SECLEVEL_0 = "ALL:@SECLEVEL=0"


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def receiver():
    receiver = ReferenceReceiver(providers.load("whatsable").surfaces({})[0], Secret(KEY.encode()))
    yield receiver
    receiver.close()


@contextlib.contextmanager
def _secured(receiver, authority, folder, name="127.0.0.1", oldest=ssl.TLSVersion.TLSv1_2, newest=None):
    """The receiver over TLS, on a free loopback port."""
    authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    ciphers = SECLEVEL_0 if oldest < ssl.TLSVersion.TLSv1_2 else "DEFAULT"
    config = uvicorn.Config(receiver.app(), http="h11", ws="none", log_level="critical", access_log=False,
                            ssl_certfile=str(folder / "server.pem"), ssl_ciphers=ciphers)  # fmt: skip
    config.load()
    with pytest.warns(DeprecationWarning, match="TLS") if oldest < ssl.TLSVersion.TLSv1_2 else contextlib.nullcontext():
        config.ssl.minimum_version = oldest
    if newest:
        config.ssl.maximum_version = newest
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}/hook"
        finally:
            server.should_exit = server.force_exit = True
            thread.join(5)


def _judged(folder, target, authority=None):
    """Verdicts of the checks of transport, and all that was written."""
    more = {}
    if authority:
        authority.cert_pem.write_to_path(str(folder / "authority.pem"))
        more = {"SSL_CERT_FILE": str(folder / "authority.pem")}
    arguments = ("--target", target, "--provider", "whatsable", "--report", "run", "-k", "test_transport")
    done = run_pytest(folder, *arguments, **more)
    results = folder / "run" / "results.json"
    assert results.is_file(), done.stdout + done.stderr
    checks = json.loads(results.read_text())["checks"]
    found = {(check["id"].rpartition(".")[2], check["case"]): check for check in checks}
    assert len(found) == 6
    return found, done.stdout, (folder / "run" / "run.jsonl").read_text()


def _verdicts(found):
    return {key: check["verdict"] for key, check in found.items()}


VALID, OLD, PLAIN = "presents-a-valid-certificate", "refuses-old-tls", "takes-no-delivery-over-plain-http"


def test_a_good_server_passes_and_its_certificate_is_named(tmp_path, receiver, authority):
    with _secured(receiver, authority, tmp_path) as target:
        found, _, journal = _judged(tmp_path, target, authority)
    facts = {row["name"]: row["text"] for row in map(json.loads, journal.splitlines()) if row["type"] == "fact"}

    assert set(_verdicts(found).values()) == {"pass"}
    assert facts["tls"].startswith("TLSv1.3; certificate") and "127.0.0.1" in facts["tls"]


def test_plain_http_at_another_port_is_not_looked_for(tmp_path, receiver, authority):
    with served(receiver.app()), _secured(receiver, authority, tmp_path) as target:
        found, _, journal = _judged(tmp_path, target, authority)
    urls = {row["url"] for row in map(json.loads, journal.splitlines()) if row["type"] == "attempt"}

    assert found[PLAIN, None]["verdict"] == "pass"
    assert urls == {target, target.replace("https", "http")}


def test_a_server_that_speaks_old_tls_is_warned_of_by_name(tmp_path, receiver, authority):
    with _secured(receiver, authority, tmp_path, oldest=ssl.TLSVersion.TLSv1) as target:
        found, out, _ = _judged(tmp_path, target, authority)
    old = {case: check for (name, case), check in found.items() if name == OLD}

    assert {case: check["verdict"] for case, check in old.items()} == {"TLSv1": "warn", "TLSv1.1": "warn"}
    assert all(f"it speaks {case}" in check["message"] for case, check in old.items())
    assert "it speaks TLSv1" in out
    assert {check["verdict"] for (name, _), check in found.items() if name != OLD} == {"pass"}


def test_a_server_without_tls_1_3_is_told_from_a_good_one(tmp_path, receiver, authority):
    with _secured(receiver, authority, tmp_path, newest=ssl.TLSVersion.TLSv1_2) as target:
        found, _, _ = _judged(tmp_path, target, authority)
    not_passed = {name for (name, _), check in found.items() if check["verdict"] != "pass"}

    assert not_passed == {"accepts-tls-1-3"}


@pytest.mark.parametrize("name, trusted, says", [("other.example", True, "127.0.0.1"),
                                                 ("127.0.0.1", False, "certificate")])  # fmt: skip
def test_a_certificate_that_senders_do_not_take_fails(tmp_path, receiver, authority, name, trusted, says):
    with _secured(receiver, authority, tmp_path, name) as target:
        found, out, _ = _judged(tmp_path, target, authority if trusted else None)

    assert found[VALID, None]["verdict"] == "fail" and says in found[VALID, None]["message"]
    assert "NOT CONFORMANT" in out
    assert not any(check["verdict"] == "error" for check in found.values())
