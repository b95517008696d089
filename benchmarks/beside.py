"""What hookproof costs a project that has nothing to do with it: `python benchmarks/beside.py`.

An empty test is run again and again, without any plugin and with one; compared are the least processor time and the
least memory of each, in seconds and megabytes. Plugins of what we depend on are named one by one.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""pytest without any plugin that is installed beside it."""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    plugins = {f"with {entry.value}": ["-p", entry.value] for entry in metadata.entry_points(group="pytest11")}
    rows = {"without any plugin": [], **plugins}
    found = {name: [] for name in rows}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_empty.py").write_text("def test_empty():\n    pass\n")
        for _ in range(rounds):
            for name, arguments in rows.items():
                found[name].append(measured(folder, arguments))
    least = {name: [min(column) for column in zip(*runs, strict=True)] for name, runs in found.items()}
    alone = least["without any plugin"]
    for name, (took, size) in least.items():
        print(f"{took:.3f} s {size:6.1f} MB  {took - alone[0]:+.3f} s {size - alone[1]:+5.1f} MB  {name}")


def measured(folder, arguments):
    """Processor seconds and megabytes of one `pytest` with one empty test."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, env={**os.environ, **ALONE})
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


if __name__ == "__main__":
    main()
