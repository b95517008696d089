"""Machines made of network namespaces: each with an address of its own, joined by a bridge.

Needs root and `ip netns`.
"""

import os
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path

NETWORK = "10.77.31"


def ip(*arguments):
    """Run `ip`; raises CalledProcessError or OSError."""
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True, timeout=10)


@contextmanager
def _namespace(name):
    ip("netns", "add", name)
    try:
        ip("-n", name, "link", "set", "lo", "up")
        yield name
    finally:
        ip("netns", "del", name)


@contextmanager
def machines(*names):
    """So many namespaces, by name: that of the namespace, and its address. All are gone at the end."""
    mark = f"hp{os.getpid()}"
    with ExitStack() as stack:
        switch = stack.enter_context(_namespace(f"{mark}-switch"))
        ip("-n", switch, "link", "add", "bridge", "up", "type", "bridge")
        made = {}
        for number, name in enumerate(names, start=1):
            space, address = stack.enter_context(_namespace(f"{mark}-{name}")), f"{NETWORK}.{number}"
            ip("-n", space, "link", "add", "eth", "type", "veth", "peer", "name", f"port{number}", "netns", switch)
            ip("-n", switch, "link", "set", f"port{number}", "up", "master", "bridge")
            ip("-n", space, "address", "add", f"{address}/24", "dev", "eth")
            ip("-n", space, "link", "set", "eth", "up")
            made[name] = (space, address)
        yield made


def unusable():
    """Why namespaces cannot be made here, in one line; empty if they can."""
    if os.geteuid():
        return "network namespaces need root"
    try:
        with machines("probe"):
            return ""
    except subprocess.CalledProcessError as error:
        return f"no network namespaces here: {error.stderr.strip()}"
    except OSError as error:
        return f"no network namespaces here: {error}"


def listening(pid):
    """Addresses, as "1.2.3.4:80", on which anything listens in the namespace of a process; IPv6 ones as they are."""
    found = []
    for version in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{version}").read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if state == "0A":
                found.append(_readable(*local.split(":")))
    return sorted(found)


def _readable(address, port):
    if len(address) == 8:
        address = ".".join(str(byte) for byte in reversed(bytes.fromhex(address)))
    return f"{address}:{int(port, 16)}"
