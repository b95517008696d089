"""What a delivery costs the sender, beside the tools one would otherwise take: `make bench`.

Each tool in turn sends to one nginx, pinned to another core; while it is at it, the requests that the server counted
and the processor time that the tool used are read twice. What counts is the ratio within one round; rounds are
repeated, and the median and the spread printed. Ours signs every delivery live and sends it when it is due; the others
send one body again and again, as fast as answers come. Needs nginx and wrk; hey and k6 take part where they are there.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import trustme

ROOT = Path(__file__).parents[1]
SERVER_CORE, TOOL_CORE = 0, 1
TICK = os.sysconf("SC_CLK_TCK")
NGINX = """
worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 75s;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{
    listen 127.0.0.1:{port} backlog=4096; listen 127.0.0.1:{tls} ssl backlog=4096;
    ssl_certificate {folder}/chain.pem; ssl_certificate_key {folder}/key.pem;
    location / {{ return 200 "ok"; }}
    location /status {{ stub_status; }}
  }}
}}
"""
WRK = 'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = string.rep("x", 1024)\n'
K6 = """
import http from 'k6/http';
const body = 'x'.repeat(1024);
export const options = { vus: VUS, duration: 'SECONDSs', discardResponseBodies: true, insecureSkipTLSVerify: true };
export default function () { http.post('URL/hook', body); }
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each tool is watched")
    parser.add_argument("--rate", type=int, default=40_000, help="deliveries a second that ours sends")
    parser.add_argument("--connections", type=int, nargs="+", default=[50, 500, 2000])
    parser.add_argument("--json", type=Path, help="also write every figure there")
    asked = parser.parse_args()
    if missing := [name for name in ("nginx", "wrk", "taskset") if not shutil.which(name)]:
        sys.exit(f"missing: {', '.join(missing)}; on Debian: apt-get install nginx-light wrk hey util-linux")
    with tempfile.TemporaryDirectory() as folder, nginx(Path(folder)) as server:
        figures = {}
        for connections in asked.connections:
            figures[f"{connections} connections"] = compare(server, asked, connections, tls=False)
        figures["50 connections, TLS"] = compare(server, asked, 50, tls=True)
    with tempfile.TemporaryDirectory() as folder, uvicorn(Path(folder)) as server:
        figures["50 connections, a receiver in Python (uvicorn)"] = saturate(server, asked)
    for title, rounds in figures.items():
        show(title, rounds)
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n")


def compare(server, asked, connections, *, tls):
    """Rounds of {tool: figures}, each tool in turn."""
    rounds = []
    for _ in range(asked.rounds):
        rounds.append({name: measure(server, tool, asked, connections, tls) for name, tool in tools().items()})
    return rounds


def saturate(server, asked):
    """Rounds in which ours sends more than the receiver answered when wrk asked it: one core of ours must fill it."""
    rounds = []
    for _ in range(asked.rounds):
        most = measure(server, wrk, asked, 50, False)
        more = argparse.Namespace(**{**vars(asked), "rate": round(1.2 * most["per_s"])})
        rounds.append({"ours, signed live": measure(server, ours, more, 50, False), "wrk": most})
    return rounds


def tools():
    """The tools there are, ours first: each makes a command for a URL and that many connections."""
    found = {"ours, signed live": ours, "FastHttpUser": stock, "wrk": wrk}
    found |= {name: tool for name, tool in (("hey", hey), ("k6", k6)) if shutil.which(name)}
    return found


def ours(server, url, connections, asked):
    rate = asked.rate if url.startswith("http:") else asked.rate // 2
    return [sys.executable, "-m", "locust", "-f", ROOT / "loadtests", "--host", f"{url}/hook", "--provider",
            "whatsable", "--scenario", "steady", "--rate", rate, "--duration", asked.seconds + 3, "--quiet",
            "--max-lag", 1, "--connections", 8000, "--warm", connections,
            "--report", server.folder / f"run-{time.monotonic_ns()}"]  # fmt: skip


def stock(server, url, connections, asked):
    return [sys.executable, "-m", "locust", "-f", ROOT / "benchmarks" / "_stock.py", "--host", url, "--headless",
            "-u", connections, "-r", 1000, "-t", f"{asked.seconds + 5:.0f}s", "--only-summary"]  # fmt: skip


def wrk(server, url, connections, asked):
    (server.folder / "post.lua").write_text(WRK)
    return [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{asked.seconds + 3:.0f}s",
        "-s",
        server.folder / "post.lua",
        f"{url}/hook",
    ]


def hey(server, url, connections, asked):
    return ["hey", "-z", f"{asked.seconds + 3:.0f}s", "-c", connections, "-m", "POST", "-d", "x" * 1024, f"{url}/hook"]


def k6(server, url, connections, asked):
    text = K6.replace("VUS", str(connections)).replace("SECONDS", f"{asked.seconds + 3:.0f}").replace("URL", url)
    (server.folder / "k6.js").write_text(text)
    return ["k6", "run", "--quiet", server.folder / "k6.js"]


class Server:
    """An nginx that answers everything, and counts."""

    def __init__(self, folder):
        self.folder, self.port, self.tls = folder, 18080, 18443
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1", "localhost")
        authority.cert_pem.write_to_path(folder / "ca.pem")
        certificate.private_key_pem.write_to_path(folder / "key.pem")
        for number, pem in enumerate(certificate.cert_chain_pems):
            pem.write_to_path(folder / "chain.pem", append=number > 0)

    @property
    def requests(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/status", timeout=5) as answer:
            return int(answer.read().split()[9])


class Receiver:
    """A receiver that counts what it has answered."""

    def __init__(self, folder):
        self.folder, self.port, self.tls = folder, 18082, 0

    @property
    def requests(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/status", timeout=60) as answer:
            return int(answer.read())


@contextlib.contextmanager
def uvicorn(folder):
    """One process, on a core of its own."""
    server = Receiver(folder)
    command = [sys.executable, "-m", "uvicorn", "_receiver:app", "--app-dir", str(ROOT / "benchmarks"),
               "--port", str(server.port), "--log-level", "critical", "--backlog", "4096"]  # fmt: skip
    with pinned(command, server):
        yield server


@contextlib.contextmanager
def pinned(command, server):
    """The server's process while it answers."""
    process = subprocess.Popen(["taskset", "-c", str(SERVER_CORE), *command], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                server.requests  # noqa: B018
                break
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def nginx(folder):
    """One worker, on a core of its own."""
    server = Server(folder)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=server.port, tls=server.tls))
    with pinned(["nginx", "-c", str(folder / "nginx.conf")], server):
        yield server


def measure(server, tool, asked, connections, tls):
    """One tool on one core: requests a second, and microseconds of processor time for each."""
    url = f"https://127.0.0.1:{server.tls}" if tls else f"http://127.0.0.1:{server.port}"
    command = [str(part) for part in tool(server, url, connections, asked)]
    environment = {
        **os.environ,
        "HOOKPROOF_SECRET": "a key for the benchmark",
        "SSL_CERT_FILE": str(server.folder / "ca.pem"),
    }
    process = subprocess.Popen(["taskset", "-c", str(TOOL_CORE), *command], env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    try:
        await_traffic(server, process)
        begun, requests, used_s = time.perf_counter(), server.requests, processor_s(process.pid)
        time.sleep(asked.seconds)
        took_s, sent, used_s = (
            time.perf_counter() - begun,
            server.requests - requests,
            processor_s(process.pid) - used_s,
        )
    finally:
        process.communicate(timeout=120)
    figures = {"per_s": round(sent / took_s), "us": round(used_s / sent * 1e6, 2), "core": round(used_s / took_s, 3)}
    if tool is ours:
        report = Path(command[command.index("--report") + 1])
        figures |= counted(json.loads((report / "results.json").read_text()))
    return figures


def await_traffic(server, process):
    """Return a second after requests have begun to come in numbers."""
    while True:
        before = server.requests
        time.sleep(0.2)
        if server.requests - before > 100:
            break
        if process.poll() is not None:
            sys.exit(f"it sent nothing: {process.communicate()[0][-500:]}")
    time.sleep(1.0)


def processor_s(process):
    """Seconds of processor time that a process has used, with what its ended children did."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICK


def counted(results):
    """What the report of our own run counted."""
    numbers = results["load"]["scenarios"][0]["numbers"]
    kept = {name: numbers[name] for name in ("due", "sent", "acknowledged")}
    return {**kept, "lag_p99_ms": numbers["lag"]["p99"], "verdict": results["load"]["verdict"]}


def show(title, rounds):
    print(f"\n{title}")
    print(f"  {'':<20}{'a second':>10}{'us each':>9}{'core':>7}   per processor second, ours is")
    for name in rounds[0]:
        per_s, us, core = (statistics.median(one[name][key] for one in rounds) for key in ("per_s", "us", "core"))
        ratios = [one[name]["us"] / one["ours, signed live"]["us"] for one in rounds]
        times = f"{statistics.median(ratios):.2f} x ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"  {name:<20}{per_s:>10,.0f}{us:>9.1f}{core:>7.0%}   {times if name in list(rounds[0])[1:] else ''}")
    for one in rounds:
        own = one["ours, signed live"]
        print(f"    due {own['due']:,}, acknowledged {own['acknowledged']:,}, our lag p99 {own['lag_p99_ms']:.2f} ms")


if __name__ == "__main__":
    main()
