"""Start each example, judge it with hookproof, and compare the verdict with the one it must get.

`run.py` takes all of examples.toml, `run.py flask django` only these.
Exit: 0 every verdict is as expected, 1 one is not, 10 an example was not judged.
"""

import json
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent
SHOWN = {"MUST": ("pass", "fail", "inconclusive"), "SHOULD": ("pass", "warn", "inconclusive")}
START_S, STOP_S = 30.0, 10.0
RESTART = "--restart"
TOKEN = "HOOKPROOF_TOKEN"
AS_EXPECTED, UNEXPECTED, NOT_JUDGED = 0, 1, 10


class NotJudged(Exception):
    """Why an example was not judged, in one line."""


def main(names: list[str]) -> int:
    os.chdir(EXAMPLES.parent)
    examples = tomllib.loads((EXAMPLES / "examples.toml").read_text(encoding="utf-8"))
    if unknown := set(names) - set(examples):
        print(f"no such example: {' '.join(sorted(unknown))}; there are {' '.join(examples)}", file=sys.stderr)
        return NOT_JUDGED
    codes = []
    with ThreadPoolExecutor(2) as pool:  # most of a run is waiting
        for code, lines in pool.map(lambda name: show(name, examples[name]), names or examples):
            print(*lines, sep="\n", flush=True)
            codes.append(code)
    return min(filter(None, codes), default=AS_EXPECTED)


def show(name: str, example: dict) -> tuple[int, list[str]]:
    """Judge one example; what came of it, as an exit status and in lines."""
    report = Path("reports", "runs", f"example-{name}")
    try:
        results = judge(name, example, report)
    except NotJudged as reason:
        return NOT_JUDGED, [f"examples/{name:<14} {reason}"]
    lines = describe(name, results, report)
    if as_expected(example["expected"], results):
        return AS_EXPECTED, lines
    wanted = example["expected"] + (" without a warning" if example["expected"] == "conformant" else "")
    return UNEXPECTED, [*lines, f"  expected: {wanted}"]


def judge(name: str, example: dict, report: Path) -> dict:
    """The contents of results.json after a run against the example."""
    command = set_up_node(name) if (EXAMPLES / name / "package.json").exists() else set_up_python(name)
    keys = {key: secrets.token_hex(32) for key in ("HOOKPROOF_SECRET", example.get("token_env", TOKEN))}
    with started(name, command, keys | example.get("env", {})) as (port, restarting):
        return conformance(example, port, restarting, report, keys)


def set_up_node(name: str) -> list[str]:
    """Bring what server.js needs, if anything, once; the command that starts it."""
    needs = (EXAMPLES / name / "package-lock.json").exists()
    missing = [tool for tool in ("node", "npm")[: 1 + needs] if not shutil.which(tool)]
    if missing:
        raise NotJudged(f"skipped: {' and '.join(missing)} not found; install Node.js 20.10 or later")
    if needs and not (EXAMPLES / name / "node_modules").is_dir():
        run(name, [str(shutil.which("npm")), "ci", "--omit=dev", "--no-audit", "--no-fund"])
    return ["node", "server.js"]


def set_up_python(name: str) -> list[str]:
    """Bring what app.py needs, again when requirements.txt changes; the command that starts it."""
    folder = EXAMPLES / name
    python, wanted, ready = folder / ".venv/bin/python", folder / "requirements.txt", folder / ".venv/.ready"
    if not ready.exists() or ready.stat().st_mtime < wanted.stat().st_mtime:
        run(name, [sys.executable, "-m", "venv", "--clear", ".venv"])
        run(name, [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", wanted.name])
        ready.touch()
    return [str(python), "app.py"]


def run(name: str, command: list[str]) -> None:
    done = subprocess.run(command, cwd=EXAMPLES / name, capture_output=True, text=True, errors="replace")
    if done.returncode:
        what = " ".join([Path(command[0]).name, *command[1:]])
        raise NotJudged(f"skipped: {what} failed in examples/{name}: {last_line(done.stdout + done.stderr)}")


@contextmanager
def started(name: str, command: list[str], environment: dict[str, str]):
    """Run one example on a free port for as long as the block lasts; yields the port and a command that restarts it."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder, "state.json")
        settings = {"PORT": str(port), "DATABASE": str(Path(folder, "database")), **environment}
        where = {"cwd": str(EXAMPLES / name), "log": str(Path(folder, "log"))}
        state.write_text(json.dumps({"command": command, "settings": settings} | where), encoding="utf-8")
        try:
            start(state)
            yield port, shlex.join([sys.executable, str(EXAMPLES / "run.py"), RESTART, str(state)])
        finally:
            stop(state)


def start(state: Path) -> None:
    """Start the example that `state` describes, note its process there, and wait until it listens."""
    running = json.loads(state.read_text(encoding="utf-8"))
    with open(running["log"], "ab") as out:
        env = os.environ | running["settings"]
        process = subprocess.Popen(running["command"], cwd=running["cwd"], env=env, stdout=out, stderr=out)
    state.write_text(json.dumps(running | {"pid": process.pid}), encoding="utf-8")
    if not listens(int(running["settings"]["PORT"]), process):
        raise NotJudged(f"did not start: {last_line(Path(running['log']).read_text(errors='replace'))}")


def stop(state: Path) -> None:
    """Kill the example at once, as a power cut would, and wait until nobody listens any more."""
    running = json.loads(state.read_text(encoding="utf-8"))
    if "pid" in running:
        with suppress(ProcessLookupError):
            os.kill(running["pid"], signal.SIGKILL)
    end = time.monotonic() + STOP_S
    while time.monotonic() < end and accepts(int(running["settings"]["PORT"])):
        time.sleep(0.05)


def restart(state: Path) -> int:
    """What --restart runs."""
    stop(state)
    start(state)
    return AS_EXPECTED


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def listens(port: int, process: subprocess.Popen) -> bool:
    """Wait until the port accepts a connection; False once the process has ended or START_S are over."""
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        if accepts(port):
            return True
        time.sleep(0.05)
    return False


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def conformance(example: dict, port: int, restarting: str, report: Path, keys: dict[str, str]) -> dict:
    """Run the checks against the example; its report goes to `report`."""
    shutil.rmtree(report, ignore_errors=True)
    origin = f"http://127.0.0.1:{port}"
    options = ["--target", origin + example["path"], "--provider", example["provider"]]
    if example.get("role") == "sender":
        options += ["--role", "sender", "--token-env", example.get("token_env", TOKEN)]
    for name in ("effects", "trigger", "register", "patience"):
        if name in example:
            options += [f"--{name}", str(example[name]).replace("{origin}", origin).replace("{port}", str(port))]
    options += [option for choice in example.get("set", []) for option in ("--set", choice)]
    options += ["--restart", restarting, "--report", str(report), "-q"]
    pytest = [sys.executable, "-m", "pytest", *options]
    done = subprocess.run(pytest, capture_output=True, text=True, errors="replace", env=os.environ | keys)
    try:
        return json.loads((report / "results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise NotJudged(f"pytest {done.returncode}, no results: {last_line(done.stdout + done.stderr)}") from None


def describe(name: str, results: dict, report: Path) -> list[str]:
    """One line of verdict and totals, then the ids of the requirements that are not met."""
    counts = results["totals"]
    must, should = (" ".join(f"{counts[of].get(key, 0)} {key}" for key in keys) for of, keys in SHOWN.items())
    lines = [f"examples/{name:<14} {results['verdict']:<15} MUST {must} · SHOULD {should} · {report / 'report.html'}"]
    for verdict in ("fail", "warn"):
        ids = [row["id"] for row in results["requirements"] if row["verdict"] == verdict]
        indent = {"initial_indent": f"  {verdict}  ", "subsequent_indent": " " * 8}
        lines += textwrap.wrap(" ".join(ids), 80, break_on_hyphens=False, **indent)
    return lines


def as_expected(expected: str, results: dict) -> bool:
    flawless = not any(counts.get(verdict) for counts in results["totals"].values() for verdict in ("fail", "warn"))
    return results["verdict"] == expected and (flawless or results["verdict"] != "conformant")


def last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no output")


if __name__ == "__main__":
    sys.exit(restart(Path(sys.argv[2])) if sys.argv[1:2] == [RESTART] else main(sys.argv[1:]))
