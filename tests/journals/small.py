"""The lines of a journal, one by one, as short as they may be."""


def begin(requirements, plan=(), **more):
    empty = {"provider": "hooks", "role": "receiver", "level": "MUST", "text": "Does it.", "source": "Page 1",
             "subjects": ["hooks"]}  # fmt: skip
    return {
        "type": "begin", "schema": "hookproof/journal/1", "version": "0", "run": "r", "started": "2026-11-21T10:00:00Z",
        "seed": 0, "command": "pytest", "target": {"url": "http://x/", "role": ["receiver"], "provider": ["hooks"]},
        "requirements": [{**empty, **row} for row in requirements], "plan": [item(*it) for it in plan], **more,
    }  # fmt: skip


def item(name, case=None, subject="hooks"):
    return {"id": name, "subject": subject, "case": case}


def check(name, outcome="met", case=None, subject="hooks", **more):
    return {"type": "check", **item(name, case, subject), "outcome": outcome, **more}


def attempt(n, body, **more):
    return {
        "type": "attempt", "n": n, "label": "genuine", "line": f"POST / -> {n}", "method": "POST", "url": "http://x/",
        "at_s": 0.5 * n, "elapsed_s": 0.1, "outcome": "answered", "status": 500, "timeline": [[0.0003, "connect", 0]],
        "request": {"headers": [], "body": body}, "response": {"headers": [], "body": body}, **more,
    }  # fmt: skip


END = {"type": "end", "elapsed_s": 1.5, "exit": 0, "interrupted": False}
