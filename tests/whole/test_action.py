"""action.yml: its shell steps run here in order, as the runner would run them, against services started by it."""

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from examples.judging import accepts, free_ports

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = ACTION["runs"]["steps"]
RUNNING = [step for step in STEPS if "run" in step]
SECRET = "correct horse battery staple"

# Stands in for `python` before the environment is made: makes one in which pip notes its arguments, the rest is real.
PYTHON = """#!/bin/sh
mkdir -p "$3/bin"
cat >"$3/bin/python" <<'EOF'
#!/bin/sh
if [ "$2" = pip ]; then echo "$@" >>"$RUNNER_TEMP/pip.txt"; exit 0; fi
exec {python} "$@"
EOF
chmod +x "$3/bin/python"
"""


@dataclass
class Ran:
    """What a job saw of the action."""

    code: int
    log: str
    outputs: dict
    summary: str
    folder: Path

    @property
    def commands(self):
        """The lines that the runner would obey."""
        found, deaf = [], ""
        for line in self.log.splitlines():
            if deaf:
                deaf = "" if line == f"::{deaf}::" else deaf
            elif line.startswith("::stop-commands::"):
                deaf = line.rpartition("::")[2]
            elif line.startswith("::") or "##[" in line:
                found.append(line)
        return found


def value(expression, known):
    """An expression of the few kinds that action.yml uses."""
    named = re.sub(r"(?:inputs|steps|github)\.[\w.-]+", lambda name: repr(known.get(name[0], "")), expression)
    return eval(named.replace("&&", " and ").replace("always()", "True"), {})


def filled(text, known):
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda match: str(value(match[1], known)), str(text))


def read_outputs(path):
    found, lines = {}, iter(path.read_text().splitlines())
    for line in lines:
        if match := re.fullmatch(r"([\w-]+)<<(\w+)", line):
            found[match[1]] = next(lines)
            assert next(lines) == match[2]
        else:
            name, _, said = line.partition("=")
            found[name] = said
    return found


def run(folder, **given):
    inputs = {name: str(entry.get("default", "")) for name, entry in ACTION["inputs"].items()}
    inputs |= {name.replace("_", "-"): said for name, said in given.items()}
    known = {f"inputs.{name}": said for name, said in inputs.items()} | {"github.action_path": str(ROOT)}
    shim = folder / "python"
    shim.write_text(PYTHON.replace("{python}", sys.executable))
    shim.chmod(0o755)
    known["steps.python.outputs.python-path"] = str(shim)
    code, log, files = 0, "", {name: folder / name for name in ("outputs", "summary")}
    for step in RUNNING:
        condition = step.get("if", "${{ True }}")[4:-3]
        if (code and "always()" not in condition) or not value(condition, known):
            continue
        files["outputs"].write_text("")
        script = folder / "step.sh"
        script.write_text(step["run"])
        env = {name: filled(said, known) for name, said in step.get("env", {}).items()}
        env |= {"RUNNER_TEMP": str(folder), "GITHUB_OUTPUT": str(files["outputs"]), "PATH": os.environ["PATH"]}
        env |= {
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
            "PYTHONPATH": f"{ROOT / 'src'}:{folder}",
            "HOME": str(folder),
        }
        bash = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
        done = subprocess.run(bash, cwd=folder, env=env, capture_output=True, text=True, timeout=90, errors="replace")
        log += done.stdout + done.stderr
        code = code or done.returncode
        if "id" in step:
            known |= {
                f"steps.{step['id']}.outputs.{name}": said for name, said in read_outputs(files["outputs"]).items()
            }
    outputs = {name: filled(entry["value"], known) for name, entry in ACTION["outputs"].items()}
    summary = files["summary"].read_text() if files["summary"].exists() else ""
    return Ran(code, log, outputs, summary, folder)


FEW = "-k\nrejects_junk or for_another_body or rejects_a_missing_signature\n--examples\n2"


def serving(port, script=""):
    """The command that starts the reference receiver, or a service of a few lines."""
    if not script:
        return f"exec '{sys.executable}' -m hookproof.cli serve --provider whatsable --port {port}"
    return f"exec '{sys.executable}' '{script}' {port}"


ANSWERS = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Answers(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_):
        sys.stdout.write("::error::from the log of the service\\n")

print("::error::from the start of the service", flush=True)
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answers).serve_forever()
"""


@pytest.fixture
def port():
    return free_ports()[0]


def job(tmp_path, port, script="", **more):
    origin = f"http://127.0.0.1:{port}"
    target = origin + ("" if script else "/hook")
    given = {"target": target, "provider": "whatsable", "secret": SECRET, "args": FEW}
    return run(tmp_path, **given | {"start": serving(port, script), "wait_for": origin} | more)


def gone(port):
    end = time.monotonic() + 5
    while accepts(port) and time.monotonic() < end:
        time.sleep(0.05)
    return not accepts(port)


def test_a_receiver_that_keeps_its_promises(tmp_path, port):
    ran = job(tmp_path, port, effects=f"http://127.0.0.1:{port}/effects/{{event_id}}")

    assert ran.code == 0, ran.log
    assert ran.outputs == {"verdict": "conformant", "exit-code": "0", "report": "hookproof-report"}
    assert (tmp_path / "hookproof-report" / "report.html").is_file()
    assert "Conformant" in ran.summary and len(ran.commands) == 1
    assert ran.commands[0].startswith("::notice title=hookproof::Conformant")
    assert str(ROOT) in (tmp_path / "pip.txt").read_text()
    assert gone(port), "it was not stopped"


def test_a_receiver_that_does_not_and_would_steer_the_runner(tmp_path, port):
    script = tmp_path / "service.py"
    body = b"\r\n::error::forged\n::set-output name=verdict::conformant\n%0A::warning::x\x1b[31m##[error]y"
    script.write_text(ANSWERS.replace("BODY", repr(body)))
    ran = job(tmp_path, port, script)

    assert ran.code == 1, ran.log
    assert ran.outputs["verdict"] == "nonconformant" and ran.outputs["exit-code"] == "1"
    assert "Not conformant" in ran.summary
    assert any("SIG-" in line and line.startswith("::error title=") for line in ran.commands)
    assert all(re.match(r"::(error|warning) title=[^:]+::\S", line) for line in ran.commands)
    assert not [line for line in ran.commands if re.match("::error::|::set-output|::warning::", line)]
    assert SECRET not in ran.log + ran.summary


def test_a_service_that_never_starts_is_one_clear_line(tmp_path, port):
    ran = job(tmp_path, port, start="echo '::error::forged'; exit 3", wait_seconds="20")

    assert ran.code == 11
    assert ran.commands == [
        "::error title=hookproof::The service did not start: nobody answers at wait-for. What it printed is above."
    ]
    assert ran.outputs["verdict"] == "" and ran.summary == ""


def test_a_mistake_in_the_workflow_ends_as_wrong_use(tmp_path):
    ran = run(tmp_path, target="http://127.0.0.1:9", provider="nobody")

    assert ran.code == 4 and ran.outputs["verdict"] == ""
    assert "nobody" in ran.log


def test_what_pytest_prints_is_no_command(tmp_path):
    (tmp_path / "noisy.py").write_text('print("::error::forged", flush=True)')
    ran = run(tmp_path, target="http://127.0.0.1:9", provider="nobody", args="-p\nnoisy")

    assert "\n::error::forged" in ran.log and ran.commands == []


def test_inputs_are_data(tmp_path):
    evil = "$(touch made)`touch made`; touch made #"
    ran = run(tmp_path, target=f"http://127.0.0.1:9/{evil}", provider=evil, args=evil, report="out", effects=evil)

    assert ran.code == 4, ran.log
    assert not (tmp_path / "made").exists()


def test_a_time_to_wait_is_never_computed(tmp_path):
    ran = run(tmp_path, target="http://127.0.0.1:9", wait_for="http://127.0.0.1:9", wait_seconds="x[$(touch made)]")

    assert ran.code == 4 and not (tmp_path / "made").exists()


def test_no_expression_stands_in_a_script():
    assert RUNNING and not [step["run"] for step in RUNNING if "${{" in step["run"]]


def test_foreign_actions_are_pinned_to_a_commit():
    foreign = [step["uses"] for step in STEPS if "uses" in step]

    assert foreign and all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", name) for name in foreign)


def test_every_input_is_used_and_described():
    text = json.dumps(STEPS)

    assert all(entry["description"] and f"inputs.{name}" in text for name, entry in ACTION["inputs"].items())


def test_the_documented_jobs_use_inputs_that_there_are():
    text = (ROOT / "docs" / "ci.md").read_text() + (ROOT / "README.md").read_text()
    jobs = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.+?)```", text, re.S)]
    used = [step["with"] for job in jobs for step in flat(job) if "hookproof@" in step.get("uses", "")]
    told = re.search(r"\| input .+?\n\n", text, re.S)[0]

    assert len(used) == 2 and all(set(given) <= set(ACTION["inputs"]) for given in used)
    assert all(f"`{name}`" in told for name in ACTION["inputs"])


def flat(job):
    return job if isinstance(job, list) else [step for one in job.get("jobs", {}).values() for step in one["steps"]]
