"""Everything in specs/: schemas, traceability both ways, documented examples, and hostile files."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from hookproof import cases, specs
from hookproof.plugin.items import check_id
from hookproof.resources import folder

SPECS = folder("specs").resolve()
SUITES = folder("suites").resolve()
PROVIDERS = specs.providers()
SCHEMAS = {path.name.split(".")[0]: json.loads(path.read_text()) for path in (SPECS / "schema").glob("*.json")}
FILES = [
    *[(path, "provider") for path in SPECS.glob("providers/*/provider.toml")],
    *[(path, "requirements") for path in SPECS.glob("**/requirements.toml")],
    *[(path, "vectors") for path in SPECS.glob("providers/*/vectors.json")],
    *[(path, "events") for path in SPECS.glob("providers/*/events/*.json")],
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


def _requirements():
    return {
        **specs.baseline(),
        **{id_: row for name in PROVIDERS for id_, row in specs.load(name).requirements.items()},
    }


def test_every_check_is_named_by_a_requirement():
    named = {check for row in _requirements().values() for check in row.checks}

    assert _checks() - named == set()


def test_every_named_check_exists():
    named = {check for row in _requirements().values() for check in row.checks}

    assert named - _checks() == set()
    assert all(specs.is_check_id(check) for check in named)


def test_only_senders_and_apis_are_planned():
    planned = {id_ for id_, row in _requirements().items() if row.planned and not row.checks}

    assert all(set(_requirements()[id_].roles) & {"sender", "api"} for id_ in planned)


def test_every_table_of_cases_is_there(envelope):
    named = set()
    for path in SUITES.rglob("test_*.py"):
        named |= set(re.findall(r'mark\.cases\("(\w+)"\)', path.read_text()))

    assert all(cases.table(name)(envelope) for name in named)


@pytest.mark.parametrize("name", PROVIDERS)
def test_both_validators_agree_on_the_documented_examples(name):
    provider = specs.load(name)
    examples = Path(__file__).parent / "examples" / name
    for form_name, form in provider.fields.payloads.items():
        schema = provider.delivery_schema(form)
        for path in sorted(examples.glob(f"{form_name}-*.json")):
            payload = json.loads(path.read_text())
            assert jsonschema_rs.is_valid(schema, payload, validate_formats=True), path.name
            assert jsonschema.Draft202012Validator(schema).is_valid(payload), path.name


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("a: &x [1]\nb: *x", "alias"),
        ("[" * 300 + "]" * 300, "nested deeper"),
        ("- just\n- a list", "mapping"),
        ("a: [", "not YAML"),
        ("a: !!python/object/apply:os.system [id]", "not YAML"),
    ],
)
def test_hostile_yaml_is_refused(text, complaint):
    with pytest.raises(specs.SpecError, match=complaint):
        specs.load_yaml(text.encode(), "x.yaml")


def test_a_reference_out_of_the_document_is_refused(tmp_path):
    with pytest.raises(specs.SpecError, match="leaves the document"):
        specs._refuse_foreign_references({"a": [{"$ref": "file:///etc/passwd"}]}, tmp_path / "openapi.yaml")


def test_a_file_that_is_too_large_is_refused(tmp_path):
    path = tmp_path / "requirements.toml"
    path.write_bytes(b"#" * (specs.MAX_BYTES + 1))

    with pytest.raises(specs.SpecError, match="larger than"):
        specs.requirements(path)


@pytest.mark.parametrize(
    "entry, complaint",
    [
        ('role="receiver"\nlevel="MUST"\ntext="t"\nsource="s"', "checks"),
        ('role="nobody"\nlevel="MUST"\ntext="t"\nsource="s"\nexcluded="e"', "nobody is no role"),
        ('role="receiver"\nlevel="OUGHT"\ntext="t"\nsource="s"\nexcluded="e"', "OUGHT"),
        ('role="receiver"\nlevel="MUST"\ntext="t"\nsource="s"\nexclude="e"', "exclude"),
        ("role=", "not TOML"),
    ],
)
def test_a_wrong_requirement_is_named(tmp_path, entry, complaint):
    path = tmp_path / "requirements.toml"
    path.write_text(f"[X-1]\n{entry}\n")

    with pytest.raises(specs.SpecError, match=complaint):
        specs.requirements(path)


def test_an_unknown_provider_names_the_known_ones():
    with pytest.raises(specs.SpecError, match=f"known are: {PROVIDERS[0]}"):
        specs.load("nobody")


def test_parameters_are_checked(provider):
    assert provider.parameters({})["payload"] == "envelope"
    with pytest.raises(specs.SpecError, match="choose one of envelope, flat"):
        provider.parameters({"payload": "round"})
    with pytest.raises(specs.SpecError, match="no parameter"):
        provider.parameters({"colour": "red"})
