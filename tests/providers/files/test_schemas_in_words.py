"""What is wrong with data is one sentence that names the place and the fault that says most."""

from hookproof.providers.files.schemas import in_words

TEXT = {"properties": {"kind": {"const": "a"}, "text": {"type": "string"}}, "required": ["kind", "text"]}
OTHER = {"properties": {"kind": {"const": "b"}}, "required": ["kind"]}
SCHEMA = {"anyOf": [TEXT, OTHER]}


def test_of_a_choice_the_fault_that_matters_is_said():
    said = in_words({"properties": {"events": {"items": SCHEMA}}}, {"events": [{"kind": "a", "text": 3}]})

    assert (said.startswith("events/0/") and "3 is not of type 'string'" in said) or "kind" in said


def test_what_fits_is_not_complained_about():
    assert in_words(SCHEMA, {"kind": "b"}) == ""


def test_a_sentence_is_short_and_one_line():
    said = in_words({"type": "string"}, {"a\nb": "x" * 5000})

    assert len(said) <= 210 and "\n" not in said and "is not of type 'string'" in said
