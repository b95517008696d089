"""Have vendors' own libraries look at our deliveries: each genuine one must be accepted, each forged one refused.

`python -m gallery.vendors.run` takes every library of verify.py, which runs in an environment of its own with pinned
versions; `python -m gallery.vendors.run stripe slack` only these providers.
Exit: 0 every library agrees, 1 one does not, 10 something could not be asked.
"""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from examples.judging import NotJudged, set_up_python

from hookproof import cases, providers
from hookproof.delivery.model import Delivery
from hookproof.delivery.secret import Secret
from hookproof.providers.events import Maker
from hookproof.vectors.making import secret_of

FOLDER = Path(__file__).parent
URL = "https://orchard.example/hooks/press?season=autumn"
SECRET = "whsec_cGVhcnMgYXJlIHByZXNzZWQgaW4gYXV0dW1uIG9ubHk="
"""Text that every provider here can have for a secret, and that spells a key in Base64 where one has to."""
FORGERIES = ("changed_digits", "parts_of_the_signature", "other_algorithms", "changed_bodies", "old_times",
             "lists_of_wrong_signatures")  # fmt: skip
AGREED, DISAGREED, NOT_ASKED = 0, 1, 10


def main(names: list[str]) -> int:
    try:
        command = [*set_up_python(FOLDER)[:-1], "verify.py"]
    except NotJudged as why:
        print(why, file=sys.stderr)
        return NOT_ASKED
    known = json.loads(subprocess.run([*command, "--names"], cwd=FOLDER, capture_output=True, check=True).stdout)
    if unknown := set(names) - set(known):
        print(f"no such library: {' '.join(sorted(unknown))}; there are {' '.join(known)}", file=sys.stderr)
        return NOT_ASKED
    return max(judged(name, known[name], command) for name in names or known)


def judged(name: str, about: dict[str, str], command: list[str]) -> int:
    """Whether a library agrees with every delivery of its provider; a line says so, and one for each that is wrong."""
    found = list(deliveries(about["provider"], about["set"]))
    held = key_of(found[0][1])
    asked = [line(name, label, made, genuine, held) for label, made, genuine in found]
    done = subprocess.run(command, cwd=FOLDER, input="\n".join(map(json.dumps, asked)), capture_output=True, text=True)
    answers = [json.loads(answer) for answer in done.stdout.splitlines()]
    if done.returncode or len(answers) != len(asked):
        print(f"{name}: could not be asked: {done.stderr.strip()[-400:]}", file=sys.stderr)
        return NOT_ASKED
    wrong = [(one, said) for one, said in zip(asked, answers, strict=True) if said["accepted"] != one["genuine"]]
    genuine = sum(one["genuine"] for one in asked)
    counted = f"{genuine} genuine, {len(asked) - genuine} forged, {len(wrong)} otherwise judged"
    print(f"{name} ({about['library']}): {counted}")
    for one, said in wrong:
        print(f"  {'refuses' if one['genuine'] else 'accepts'} {one['label']}: {said['why']}")
    return DISAGREED if wrong else AGREED


def deliveries(provider: str, chosen: dict[str, str]) -> Iterator[tuple[str, Delivery, bool]]:
    """What a library is shown: every kind of every surface, and forgeries of the plain one; whether it is genuine."""
    for surface in providers.load(provider).surfaces(chosen):
        own, other = Secret(SECRET.encode()), Secret(SECRET[:-3].encode() + b"Xk=")
        if surface.scheme and (surface.scheme.pair or surface.scheme.key == "hex"):
            own, other = secret_of(surface, 0), secret_of(surface, 1)
        maker, stranger = (Maker(surface, secret=one, run="vendors", url=URL) for one in (own, other))
        for kind in surface.events:
            yield f"{surface.name} {kind}", maker.make(kind), True
        plain = maker.make()
        yield "another secret", stranger.make(), False
        for table in FORGERIES if not (surface.scheme and surface.scheme.place) else FORGERIES[:3]:
            for case, change in cases.table(table)(maker).items():
                yield f"{table} {case}", change(plain), False


def key_of(made: Delivery) -> str:
    """What a receiver of this delivery holds, as the vendor spells it: the secret, or the public key of a pair."""
    assert made.signer
    scheme, key = made.signer.scheme, made.signer.key
    return scheme.public_text(key) if scheme.pair else key.hex() if scheme.key == "hex" else SECRET


def line(name: str, label: str, made: Delivery, genuine: bool, held: str) -> dict[str, object]:
    """A delivery as verify.py reads it."""
    headers = {key.decode().lower(): value.decode("latin-1") for key, value in made.headers}
    return {"name": name, "label": label, "genuine": genuine, "secret": held, "url": URL, "headers": headers,
            "body": base64.b64encode(made.body).decode()}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
