"""Results as one HTML page that works offline, without scripts, on paper. What it looks like is in reports/page.

The template gets text and drawings, no other markup: Jinja escapes it, and `finalize` writes out what is invisible.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from hookproof import resources
from hookproof.figures import number
from hookproof.report import headline, loadchart, loadtext, strip, timeline, view
from hookproof.report.evidence import clip, marked, visible
from hookproof.report.lines import Json

SIZE = 480_000  # bytes: what mails and CI servers still take without thinking


def render(results: Json) -> str:
    """The text of report.html, with as much evidence as fits. Raises OSError if the template is not installed.

    The least detail fits whatever the results are: every list and every text of it is short.
    """
    if results["load"]:
        return page("load_run.html.j2", _load(results), results=results)
    text = ""
    for detail in view.DETAILS:
        text = page("report.html.j2", view.of(results, detail), results=results, whole=detail is view.DETAILS[0])
        if len(text.encode("utf-8")) <= SIZE:
            break
    return text


def _load(results: Json) -> dict[str, Any]:
    """What the page of a load run needs besides its results."""
    return {
        "state": headline.state(results)[0],
        "sign": headline.state(results)[1],
        "numbers": headline.numbers(results),
        "started": headline.when(results["started"]),
        "gaps": headline.gaps(results),
        "tones": loadtext.TONES,
        "load_words": loadtext.WORDS,
        "load_text": loadtext,
        "load_chart": loadchart,
    }


def page(template: str, values: Json, **more: Any) -> str:
    """A template of reports/page filled in, with the one style and the one script that its policy allows."""
    folder = resources.folder("reports") / "page"
    style, looks, script = ((folder / name).read_text("utf-8") for name in ("style.css", "load.css", "script.js"))
    style += looks
    found = _environment(folder).get_template(template)
    return found.render(values, style=Markup(style), script=Markup(script), policy=_policy(style, script), **more)


@lru_cache(maxsize=4)
def _environment(folder: Path) -> Environment:
    """Templates are compiled once: that takes longer than to fill them in."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(marked=marked, clip=clip, seconds=_seconds, number=number)
    environment.filters.update(drawn=timeline.draw, strip=strip.draw)
    return environment


def _shown(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _seconds(value: float) -> str:
    minutes, seconds = divmod(value, 60)
    return f"{minutes:.0f} min {seconds:.0f} s" if minutes else f"{seconds:.3g} s"


def _policy(style: str, script: str) -> str:
    """Content Security Policy: nothing may load, and only these two texts may style and run."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
