"""Start each example receiver, judge it with hookproof, and compare the verdict with the one it must get.

Exit: 0 every verdict is as expected, 1 one is not, 10 an example was not judged.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent
EXPECTED = {"express": "nonconformant", "fastapi": "conformant"}
COMMANDS = {"express": ["node", "server.js"], "fastapi": [sys.executable, "app.py"]}
SHOWN = {"MUST": ("pass", "fail", "inconclusive"), "SHOULD": ("pass", "warn", "inconclusive")}
START_S, STOP_S = 30.0, 10.0
AS_EXPECTED, UNEXPECTED, NOT_JUDGED = 0, 1, 10


class NotJudged(Exception):
    """Why an example was not judged, in one line."""


def main() -> int:
    os.chdir(EXAMPLES.parent)
    return min(filter(None, [show(name) for name in EXPECTED]), default=AS_EXPECTED)


def show(name: str) -> int:
    """Judge one example and print what came of it."""
    report = Path("reports", "runs", f"example-{name}")
    try:
        results = judge(name, report)
    except NotJudged as reason:
        print(f"examples/{name:<9} {reason}", flush=True)
        return NOT_JUDGED
    print(*describe(name, results, report), sep="\n", flush=True)
    if as_expected(name, results):
        return AS_EXPECTED
    print(f"  expected: {EXPECTED[name]}" + (" without a warning" if EXPECTED[name] == "conformant" else ""))
    return UNEXPECTED


def judge(name: str, report: Path) -> dict:
    """The contents of results.json after a run against the example."""
    if name == "express":
        install_express()
    env = os.environ | {"HOOKPROOF_SECRET": secrets.token_hex(32)}
    with receiver(name, env) as origin:
        return conformance(origin, env, report)


def install_express() -> None:
    """Bring what server.js needs, once."""
    missing = [tool for tool in ("node", "npm") if not shutil.which(tool)]
    if missing:
        raise NotJudged(f"skipped: {' and '.join(missing)} not found; install Node.js 18 or later")
    folder = EXAMPLES / "express"
    if not (folder / "node_modules").is_dir():
        npm = [shutil.which("npm"), "ci", "--omit=dev", "--no-audit", "--no-fund"]
        if subprocess.run(npm, cwd=folder, capture_output=True).returncode:
            raise NotJudged("skipped: npm ci failed; run it in examples/express to see why")


@contextmanager
def receiver(name: str, env: dict):
    """Run one example on a free port for as long as the block lasts; yields its origin."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        settings = env | {"PORT": str(port), "DATABASE": str(Path(folder, "receiver.sqlite3"))}
        with log.open("wb") as out:
            process = subprocess.Popen(COMMANDS[name], cwd=EXAMPLES / name, env=settings, stdout=out, stderr=out)
        try:
            if not listens(port, process):
                raise NotJudged(f"did not start: {last_line(log.read_text(errors='replace'))}")
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(process)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def listens(port: int, process: subprocess.Popen) -> bool:
    """Wait until the port accepts a connection; False once the process has ended or START_S are over."""
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            time.sleep(0.05)
    return False


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def conformance(origin: str, env: dict, report: Path) -> dict:
    """Run the checks against the example; its report goes to `report`."""
    shutil.rmtree(report, ignore_errors=True)
    options = ["--target", f"{origin}/webhooks/whatsapp", "--provider", "whatsable"]
    options += ["--effects", f"{origin}/effects/{{event_id}}", "--report", str(report), "-q"]
    pytest = [sys.executable, "-m", "pytest", *options]
    done = subprocess.run(pytest, env=env, capture_output=True, text=True, errors="replace")
    try:
        return json.loads((report / "results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise NotJudged(f"pytest {done.returncode}, no results: {last_line(done.stdout + done.stderr)}") from None


def describe(name: str, results: dict, report: Path) -> list[str]:
    """One line of verdict and totals, then the ids of the requirements that are not met."""
    counts = results["totals"]
    must, should = (" ".join(f"{counts[of].get(key, 0)} {key}" for key in keys) for of, keys in SHOWN.items())
    lines = [f"examples/{name:<9} {results['verdict']:<15} MUST {must} · SHOULD {should} · {report / 'report.html'}"]
    for verdict in ("fail", "warn"):
        ids = [row["id"] for row in results["requirements"] if row["verdict"] == verdict]
        indent = {"initial_indent": f"  {verdict}  ", "subsequent_indent": " " * 8}
        lines += textwrap.wrap(" ".join(ids), 80, break_on_hyphens=False, **indent)
    return lines


def as_expected(name: str, results: dict) -> bool:
    flawless = not any(counts.get(verdict) for counts in results["totals"].values() for verdict in ("fail", "warn"))
    return results["verdict"] == EXPECTED[name] and (flawless or results["verdict"] != "conformant")


def last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no output")


if __name__ == "__main__":
    sys.exit(main())
