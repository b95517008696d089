"""Set up one service under test, start it on a free port, judge it with hookproof.

Every folder with a requirements.txt is started with `python app.py`, every one with a package.json with
`node server.js`. What its entry may say stands above examples.toml.
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
import time
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_S, STOP_S = 30.0, 10.0
TOKEN = "HOOKPROOF_TOKEN"


class NotJudged(Exception):
    """Why a service was not judged, in one line."""


def judge(folder: Path, service: dict, report: Path) -> dict:
    """The contents of results.json after a run against the service in `folder`."""
    command = set_up_node(folder) if (folder / "package.json").exists() else set_up_python(folder)
    keys = {key: secrets.token_hex(32) for key in ("HOOKPROOF_SECRET", service.get("token_env", TOKEN))}
    with (begun if service.get("start") else started)(folder, command, keys | service.get("env", {})) as (ports, how):
        return conformance(options(service, ports, how), report, keys)


def set_up_node(folder: Path) -> list[str]:
    """Bring what server.js needs, if anything, again when its lock changes; the command that starts it."""
    lock, ready = folder / "package-lock.json", folder / "node_modules/.package-lock.json"
    missing = [tool for tool in ("node", "npm")[: 1 + lock.exists()] if not shutil.which(tool)]
    if missing:
        raise NotJudged(f"skipped: {' and '.join(missing)} not found; install Node.js 20.10 or later")
    if lock.exists() and (not ready.exists() or ready.stat().st_mtime < lock.stat().st_mtime):
        run(folder, [str(shutil.which("npm")), "ci", "--omit=dev", "--no-audit", "--no-fund"])
    return ["node", "server.js"]


def set_up_python(folder: Path) -> list[str]:
    """Bring what app.py needs, again when requirements.txt changes; the command that starts it."""
    python, wanted, ready = folder / ".venv/bin/python", folder / "requirements.txt", folder / ".venv/.ready"
    if not ready.exists() or ready.stat().st_mtime < wanted.stat().st_mtime:
        run(folder, [sys.executable, "-m", "venv", "--clear", ".venv"])
        run(folder, [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", wanted.name])
        ready.touch()
    return [str(python), "app.py"]


def run(folder: Path, command: list[str]) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    if done.returncode:
        what, where = " ".join([Path(command[0]).name, *command[1:]]), folder.relative_to(ROOT)
        raise NotJudged(f"skipped: {what} failed in {where}: {last_line(done.stdout + done.stderr)}")


@contextmanager
def begun(folder: Path, command: list[str], environment: dict[str, str]):
    """For a service that the run itself begins, kills and ends: its port, one beside it, and how it is begun."""
    ports = port, beside = free_ports()
    with tempfile.TemporaryDirectory() as scratch:
        settings = {"PORT": str(port), "BESIDE": str(beside), "DATABASE": str(Path(scratch, "database"))} | environment
        told = shlex.join(f"{name}={value}" for name, value in settings.items())
        yield ports, ["--start", f"cd {shlex.quote(str(folder))} && exec env {told} {shlex.join(command)}"]


@contextmanager
def started(folder: Path, command: list[str], environment: dict[str, str]):
    """Run a service for as long as the block lasts; yields its port, one beside it, and how it is restarted."""
    ports = port, beside = free_ports()
    with tempfile.TemporaryDirectory() as scratch:
        state = Path(scratch, "state.json")
        listening = {"PORT": str(port), "BESIDE": str(beside)}
        settings = listening | {"DATABASE": str(Path(scratch, "database"))} | environment
        where = {"cwd": str(folder), "log": str(Path(scratch, "log"))}
        state.write_text(json.dumps({"command": command, "settings": settings} | where), encoding="utf-8")
        try:
            start(state)
            yield ports, ["--restart", shlex.join([sys.executable, str(Path(__file__).resolve()), str(state)])]
        finally:
            stop(state)


def start(state: Path) -> None:
    """Start the service that `state` describes, note its process there, and wait until it listens."""
    running = json.loads(state.read_text(encoding="utf-8"))
    with open(running["log"], "ab") as out:
        env = os.environ | running["settings"]
        process = subprocess.Popen(running["command"], cwd=running["cwd"], env=env, stdout=out, stderr=out)
    state.write_text(json.dumps(running | {"pid": process.pid}), encoding="utf-8")
    if not listens(int(running["settings"]["PORT"]), process):
        raise NotJudged(f"did not start: {last_line(Path(running['log']).read_text(errors='replace'))}")


def stop(state: Path) -> None:
    """Kill the service at once, as a power cut would, and wait until nobody listens any more."""
    running = json.loads(state.read_text(encoding="utf-8"))
    if "pid" in running:
        with suppress(ProcessLookupError):
            os.kill(running["pid"], signal.SIGKILL)
    end = time.monotonic() + STOP_S
    while time.monotonic() < end and accepts(int(running["settings"]["PORT"])):
        time.sleep(0.05)


def restart(state: Path) -> None:
    """What --restart runs."""
    stop(state)
    start(state)


def free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


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


def options(service: dict, ports: tuple[int, int], how: list[str]) -> list[str]:
    """What pytest is told of a service that listens on these ports."""
    origin, beside = (f"http://127.0.0.1:{port}" for port in ports)
    known = {"{origin}": origin, "{beside}": beside, "{port}": str(ports[0])}
    told = ["--target", origin + service["path"], "--provider", service["provider"]]
    if service.get("role") == "sender":
        told += ["--role", "sender", "--token-env", service.get("token_env", TOKEN)]
    for name in ("effects", "trigger", "register", "patience"):
        for place, value in known.items():
            service = service | {name: str(service[name]).replace(place, value)} if name in service else service
        told += [f"--{name}", service[name]] if name in service else []
    told += [option for choice in service.get("set", []) for option in ("--set", choice)]
    return told + (how if service.get("restart", True) else [])


def conformance(told: list[str], report: Path, keys: dict[str, str]) -> dict:
    """Run the checks as told; the report goes to `report`, its results are returned."""
    shutil.rmtree(ROOT / report, ignore_errors=True)
    pytest = [sys.executable, "-m", "pytest", *told, "--report", str(report), "-q"]
    done = subprocess.run(pytest, cwd=ROOT, capture_output=True, text=True, errors="replace", env=os.environ | keys)
    try:
        return json.loads((ROOT / report / "results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise NotJudged(f"pytest {done.returncode}, no results: {last_line(done.stdout + done.stderr)}") from None


def last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no output")


if __name__ == "__main__":
    restart(Path(sys.argv[1]))
