"""Text that tries to be markup, a terminal's command or invisible, and a journal full of it."""

from itertools import count

HOSTILE = {
    "script": "</script></style></pre></title><script>alert(1)</script><img src=x onerror=alert(1)>",
    "quotes": "\"'><a href='https://evil.example/x'>click</a> javascript:alert(1) url(https://evil.example/y)",
    "template": "{{ 7 * 7 }} {% raw %} ${7*7}",
    "xml": "]]> <!-- --> <![CDATA[ &amp; &#0; &nosuch; <?php ?>",
    "control": "\0\x01\x08\x0b\x1b]0;title\x07\x1b[2J\x7f\x85\x9b31m\r\n::error file=x::y",
    "surrogate": "\ud800 and \udfff alone, \ufffe \uffff \U0010ffff",
    "markdown": "|`` ` ``` | ![x](http://evil.example/i.png) [y](javascript:alert(1)) <img src=http://evil.example/z> "
    "@someone #1 GH-2 www.evil.example a@b.example ~~x~~ **x** $`x`$ </details>\n\n# heading\n- item\n```\n> quote",
    "sarif": "[click](http://evil.example) {0} {x} }{ \\[ \\",
    "ansi": "\x1b]8;;http://evil.example\x07link\x1b]8;;\x07 \x1b[31;1mred\x9b2J\r\ndone",
    "bidi": "\u202egnp.exe\u2066 \u200f\u200b\ufeff\u2028\u3164\U000e0041",
}


def _signed(line, payload):
    over = {"size": 9, "text": payload}
    names = dict.fromkeys(("algorithm", "header", "value"), payload)
    return {**line["signed"], **names, "signs": f"{payload}{{body}}", "over": over, "differs_at": 3}


def _differing(payload):
    piece = {"size": 9, "text": payload, "whole": 20}
    return {"what": payload, "at": 3, "start": 0, "expected": piece, "actual": piece}


def _series(payload):
    moment = {"at_s": 0.0, "open_s": 0.1, "answer": payload, "acknowledged": False}
    return {"caption": payload, "attempts": [moment, {**moment, "at_s": 1.0}]}


def poisoned(lines, payload):
    """The journal with the payload wherever a target can put text, and where it should not be able to."""
    numbers = count()
    for line in lines:
        match line["type"]:
            case "begin":
                target = {**line["target"], "url": f"http://x/{payload}"}
                yield {**line, "target": target, "command": payload, "observer": payload, "parameters": {"p": payload}}
            case "attempt":
                body = {"size": 9, "text": payload} if next(numbers) % 3 else {"size": 9, "base64": payload[:4096]}
                part = {"headers": [[payload[:99], payload]], "body": body}
                yield {**line, "label": payload, "line": payload, "url": payload, "method": payload[:99],
                       "outcome": payload, "request": part, "response": part, "detail": payload,
                       "timeline": [[0.1, payload, 1]], "signed": _signed(line, payload)}  # fmt: skip
            case "check":
                bad = line["outcome"] != "met"
                yield {**line, "message": payload, "reproduce": payload if bad else None,
                       "differences": [_differing(payload)] * bad, "series": [_series(payload)] * bad}  # fmt: skip
            case "fact":
                yield {**line, "name": payload, "text": payload}
            case _:
                yield line
