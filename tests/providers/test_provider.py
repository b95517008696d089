"""Everything in specs/: schemas, traceability both ways, documented examples, and hostile files."""

import json
import re
import tomllib
from functools import cache
from pathlib import Path

import jsonschema
import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from hookproof import cases, providers
from hookproof.delivery.pointers import expand, get, identify
from hookproof.delivery.secret import Secret
from hookproof.folders import folder
from hookproof.plugin.items import check_id
from hookproof.providers.events import Maker
from hookproof.providers.files import reading as files
from hookproof.providers.requirements import FEATURES
from tests.conftest import KEY, every_surface, secret_for

SPECS = folder("specs").resolve()
SUITES = folder("suites").resolve()
PROVIDERS = providers.names()
SURFACES = list(every_surface())
SCHEMAS = {path.name.split(".")[0]: json.loads(path.read_text()) for path in (SPECS / "schema").glob("*.json")}
FILES = [
    *[(path, "provider") for path in SPECS.glob("providers/*/provider.toml")],
    *[(path, "requirements") for path in SPECS.glob("**/requirements.toml")],
    *[(path, "printed-vectors") for path in SPECS.glob("providers/*/vectors.json")],
    *[(path, "events") for path in SPECS.glob("providers/*/events/**/*.json")],
]


def _loaded(path):
    return tomllib.loads(path.read_text()) if path.suffix == ".toml" else json.loads(path.read_text())


@pytest.mark.parametrize("path, schema", FILES, ids=lambda value: str(value).removeprefix(f"{SPECS}/"))
def test_files_fit_their_schema(path, schema):
    errors = [error.message for error in jsonschema.Draft202012Validator(SCHEMAS[schema]).iter_errors(_loaded(path))]

    assert errors == []
    assert jsonschema_rs.is_valid(SCHEMAS[schema], _loaded(path))


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_schemas_are_schemas(schema):
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", PROVIDERS)
def test_openapi_is_valid(name):
    document = yaml.safe_load((SPECS / "providers" / name / "openapi.yaml").read_text())

    assert document["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def _checks():
    found = set()
    for path in SUITES.rglob("test_*.py"):
        names = re.findall(r"^(?:async )?def (test_\w+)\(", path.read_text(), re.MULTILINE)
        found |= {check_id(path, name) for name in names}
    return found


@cache
def _requirements():
    return {
        **providers.baseline(),
        **{id_: row for name in PROVIDERS for id_, row in providers.load(name).requirements.items()},
    }


def _named():
    """Every check that some requirement names, with its case where it names one."""
    return {check for row in _requirements().values() for check in row.checks}


def test_every_check_is_named_by_a_requirement():
    assert _checks() - {name.partition("[")[0] for name in _named()} == set()


def test_every_named_check_exists():
    assert {name.partition("[")[0] for name in _named()} - _checks() == set()
    assert all(providers.is_check_id(check) for check in _named())


def test_every_requirement_is_judged_or_excluded():
    assert {id_ for id_, row in _requirements().items() if not (row.checks or row.excluded)} == set()


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_named_member_is_in_some_event(name):
    """`has-its-documented-member[/a/*/b]`: nothing could be said of a member that no event of ours has."""
    provider = providers.load(name)
    named = {check.partition("[")[2][:-1] for row in provider.requirements.values() for check in row.checks
             if check.startswith(("sender.payload.has", "sender.payload.dates", "sender.payload.numbers"))}  # fmt: skip
    events = [event.payload for events in provider.events.values() for event in events.values()]

    assert {pointer for pointer in named if not any(list(expand(event, pointer)) for event in events)} == set()


def _makers():
    """A maker for each surface, and more where parameters bring something else to it."""
    for surface in every_surface():
        yield Maker(surface, secret=secret_for(surface), run="test")
        if surface.scheme and surface.scheme.lists:
            yield Maker(surface, secret=secret_for(surface), run="test", former=Secret(KEY))
    for name, given in _RICHER:
        for surface in providers.load(name).surfaces(given):
            yield Maker(surface, secret=secret_for(surface), run="test")


_RICHER = [
    ("pingback", {"signatures": "platform", "crc": "x"}),
    ("gitlab", {"token": "signing"}),
    ("postmark", {"auth": "basic"}),
    ("waping", {"handshake": "get", "handshake.token": "open sesame"}),
    ("waping", {"handshake": "post", "handshake.token": "open sesame", "signature.algorithm": "none"}),
    ("waping", {"handshake": "post", "handshake.token": "open sesame"}),
    (str(Path(__file__).parents[1] / "flawed" / "providers" / "pings"), {}),
    *[(name, {"media": "downloads"}) for name in ("chatapi", "waping", "whatsable")],
]


def test_every_table_of_cases_is_there_for_somebody():
    makers = list(_makers())
    signed = [maker for maker in makers if maker.signer]
    empty = set()
    for path in SUITES.rglob("test_*.py"):
        for name in set(re.findall(r'mark\.cases\("(\w+)"\)', path.read_text())) - {"named"}:
            some = signed if path.parent.name == "receiver" else makers
            empty |= set() if any(cases.table(name)(maker) for maker in some) else {name}

    assert empty == set()


@pytest.mark.parametrize("surface", SURFACES, ids=lambda one: one.subject)
def test_every_event_fits_its_schemas_under_both_validators(surface):
    maker = Maker(surface, secret=None, run="test")
    for kind in surface.events:
        validators = [
            validator
            for schema in (surface.schema(kind), surface.schema())
            for validator in (
                jsonschema_rs.validator_for(schema, validate_formats=True),
                jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()),
            )
        ]
        for payload in (maker.payload(kind), maker.payload(kind), maker.payload(kind, plain=True)):
            assert [error.message for one in validators for error in one.iter_errors(payload)] == [], kind


EXAMPLES = [
    (surface, path)
    for surface in SURFACES
    for path in sorted((Path(__file__).parents[1] / "examples" / surface.provider.name).glob(f"{surface.name}-*.json"))
]


@pytest.mark.parametrize("surface, path", EXAMPLES, ids=lambda value: getattr(value, "stem", ""))
def test_documented_examples_fit_under_both_validators(surface, path):
    payload = json.loads(path.read_text())
    schema = surface.schema()

    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(payload)] == []
    assert jsonschema_rs.is_valid(schema, payload, validate_formats=True)
    assert identify(payload, surface.identities), "its event is recognised"


ANY_BODY = {"svix"}
"""Providers that deliver for others, and document nothing of a body but that it is JSON."""
CARRIED = {"meta", "telegram", "x"}
"""Providers whose own bodies the surfaces of another one take."""
ALIKE = {"shopify": {"gitlab release"}, "standard-webhooks": {"svix invoice-paid"}}
"""Events of others that fit as well, since a header, and nothing in the body, says whose they are."""


@pytest.mark.parametrize(
    "surface", [one for one in SURFACES if one.provider.name not in ANY_BODY], ids=lambda one: one.subject
)
def test_the_events_of_other_providers_do_not_fit(surface):
    fits = jsonschema_rs.validator_for(surface.schema())
    strangers = [
        one
        for one in SURFACES
        if one.provider.name != surface.provider.name
        and {one.subject, surface.subject} != {"postmark", "pingback.email"}
        and not (CARRIED & {one.provider.name, surface.provider.name} and one.fields.webhook == surface.fields.webhook)
    ]
    taken = {
        f"{stranger.subject} {kind}"
        for stranger in strangers
        for kind in stranger.events
        if fits.is_valid(Maker(stranger, secret=None).payload(kind))
    }

    assert taken == ALIKE.get(surface.provider.name, set())


def test_a_file_that_is_too_large_is_refused(tmp_path):
    path = tmp_path / "requirements.toml"
    path.write_bytes(b"#" * (files.MAX_BYTES + 1))

    with pytest.raises(providers.SpecError, match="larger than"):
        providers.requirements(path)


@pytest.mark.parametrize(
    "entry, complaint",
    [
        ('role="receiver"\nlevel="MUST"\n', "checks"),
        (
            'role="nobody"\nlevel="MUST"\nexcluded="Nobody outside can see it."\n',
            "role: 'nobody' .*receiver, sender, api, verifier or operator",
        ),
        (
            'role="receiver"\nlevel="OUGHT"\nexcluded="Nobody outside can see it."\n',
            "level: 'OUGHT' is none of MAY, MUST",
        ),
        ('role="receiver"\nlevel="MUST"\nexclude="Nobody outside can see it."\n', "excluded"),
        (
            'role="receiver"\nlevel="MUST"\nexcluded="Nobody outside can see it."\nexclude="x"\n',
            "exclude.*write 'excluded'",
        ),
        ("role=", "not TOML"),
    ],
)
def test_a_wrong_requirement_is_named(tmp_path, entry, complaint):
    path = tmp_path / "requirements.toml"
    path.write_text(f'[X-1]\ntext="Does it."\nsource="Page 1"\n{entry}')

    with pytest.raises(providers.SpecError, match=complaint):
        providers.requirements(path)


def test_an_unknown_provider_names_the_known_ones():
    with pytest.raises(providers.SpecError, match=f"known are: {', '.join(PROVIDERS)}"):
        providers.load("nobody")


def test_parameters_are_checked(provider):
    assert provider.parameters({})["payload"] == "envelope"
    with pytest.raises(providers.SpecError, match="choose one of envelope, flat"):
        provider.parameters({"payload": "round"})
    with pytest.raises(providers.SpecError, match="no parameter"):
        provider.parameters({"colour": "red"})


def _condition(text, known):
    """Whether PARAMETER=VALUE names a parameter and one of its values."""
    name, _, value = text.partition("=")
    parameter = known.get(name.removesuffix("!"))
    return parameter is not None and (value in parameter.choices if parameter.choices else True)


def _schemes(signature):
    """The schemes of a table: none, one, or several beside each other."""
    return signature if isinstance(signature, list) else [signature] if signature else []


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_condition_names_a_parameter_and_a_value(name):
    provider = providers.load(name)
    fields = [provider.fields, *provider.fields.surfaces.values()]
    schemes = [one for table in fields for one in _schemes(table.signature)]
    challenges = [challenge for surface in provider.fields.surfaces.values() for challenge in surface.challenge]
    rows = [*provider.requirements.values(), *provider.fields.surfaces.values(), *schemes, *challenges]

    assert [row.when for row in rows if row.when and not _condition(row.when, provider.known)] == []


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_parameter_offers_its_own_default(name):
    assert all(not one.choices or one.default in one.choices for one in providers.load(name).fields.parameters.values())


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_requirement_names_surfaces_that_are_there(name):
    provider = providers.load(name)

    assert {one for row in provider.requirements.values() for one in row.surfaces} <= set(provider.fields.surfaces)
    assert not any(row.surfaces for row in providers.baseline().values())


def test_whatever_a_requirement_needs_some_surface_has():
    found = frozenset().union(*(maker.surface.features for maker in _makers()))

    assert {row.needs for row in _requirements().values() if row.needs} <= found
    assert set(FEATURES) - found <= {"signed-parts", "signed-url"}, "what providers of one's own may have"


def test_every_requirement_with_a_check_can_apply():
    surfaces = [maker.surface for maker in _makers()]
    for name in PROVIDERS:
        mine = [one for one in surfaces if one.provider.name == name]
        rows = providers.load(name).requirements.values()
        assert [row.id for row in rows if row.checks and not any(row.applies(one) for one in mine)] == []


@pytest.mark.parametrize("surface", SURFACES, ids=lambda one: one.subject)
def test_every_place_a_surface_names_is_there(surface):
    fields, plain = surface.fields, surface.events[surface.plain].payload

    assert fields.plain == surface.plain
    assert all(list(expand(plain, pointer)) for pointer in (*fields.long_text, *fields.long_lists))
    assert all(list(expand(plain, pointer.rpartition("/")[0])) for pointer in fields.unknown)
    maker = Maker(surface, secret=secret_for(surface), run="test")
    made = {kind: maker.make(kind).headers for kind in surface.events}
    for identity in surface.identities:
        assert any(identify(surface.events[kind].payload, [identity], made[kind]) for kind in made), identity


@pytest.mark.parametrize("surface", SURFACES, ids=lambda one: one.subject)
def test_every_name_a_surface_uses_is_known(surface):
    fields, known = surface.fields, surface.provider.known
    others = {f"{one.provider.name}/{one.name}" for one in SURFACES}

    assert set(fields.needs) <= set(known)
    assert set(re.findall(r"{(.*?)}", fields.path)) <= set(known)
    assert set(fields.foreign) <= others
    assert {kind for chain in fields.states for kind in chain.kinds} <= set(surface.kinds("kind"))
    for challenge in fields.challenge:
        members = {**challenge.query, **challenge.body}
        assert {one for one in (challenge.token, challenge.mode) if one} <= set(members)
        assert not challenge.asks or "{challenge}" in challenge.members.values()


@pytest.mark.parametrize("surface", SURFACES, ids=lambda one: one.subject)
def test_the_states_of_a_chain_are_about_one_thing_and_are_different_events(surface):
    maker = Maker(surface, secret=None, run="test")
    for chain in surface.fields.states:
        made = maker.make_related(chain.kinds)
        assert len({one.all_ids for one in made}) == len(made)


@pytest.mark.parametrize("surface", SURFACES, ids=lambda one: one.subject)
def test_an_events_use_is_what_its_payload_shows(surface):
    maker = Maker(surface, secret=None, run="test")
    for kind, event in surface.events.items():
        made = maker.make(kind)
        assert all(get(event.payload, pointer) is not None for pointer in event.damaged), kind
        assert bool(event.damaged) <= (event.use in ("tainted", "damaged")), kind
        assert bool(event.damaged) >= (event.use == "damaged"), kind
        if event.use == "batch":
            assert len(made.all_ids) > 1, kind
            assert set(made.event_ids) == (set(made.all_ids) if event.required else set()), kind
        if event.use in ("tainted", "damaged"):
            assert made.event_ids, f"{kind}: nothing good in it"
        if event.use == "empty":
            assert not made.event_ids, kind
