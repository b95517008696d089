"""Places in payloads, and the events that stand there."""

import pytest

from hookproof.delivery.pointers import Identified, Identity, drop, escape, expand, get, identify, leaves, put


def test_pointers_reach_into_arrays_and_escaped_names():
    payload = {"a/b": [{"~": 1}, 2]}
    put(payload, "/a~1b/0/~0", 5)
    drop(payload, "/a~1b/1")

    assert payload == {"a/b": [{"~": 5}]}
    assert get(payload, "") is payload
    assert get(payload, f"/{escape('a/b')}/0/{escape('~')}") == 5


@pytest.mark.parametrize("pointer", ["/nothing", "/list/7", "/list/x", "/text/deeper", "/null/x"])
def test_a_place_that_is_not_there_is_an_error(pointer):
    with pytest.raises((KeyError, IndexError, TypeError, ValueError)):
        get({"list": [1], "text": "t", "null": None}, pointer)


def test_every_item_of_every_array_is_meant_by_a_star():
    payload = {"entry": [{"messages": [1, 2]}, {"statuses": []}, {"messages": [3]}], "m~/": [0]}

    assert list(expand(payload, "/entry/*/messages/*")) == ["/entry/0/messages/0", "/entry/0/messages/1",
                                                            "/entry/2/messages/0"]  # fmt: skip
    assert list(expand(payload, "/m~0~1/*")) == ["/m~0~1/0"]
    assert list(expand(payload, "/entry/1")) == ["/entry/1"]
    assert list(expand(payload, "/entry/9")) == list(expand(payload, "/entry/*/*")) == []
    assert list(expand(payload, "")) == [""]


@pytest.mark.parametrize("hostile", [None, 5, "text", [], [[]], {"entry": None}, {"entry": {"*": {"messages": 1}}}])
def test_payloads_of_another_shape_have_no_places(hostile):
    assert list(expand(hostile, "/entry/*/messages/*")) == []


def test_leaves_are_in_the_order_of_the_payload():
    assert list(leaves({"b": [1, {"a/": None}], "a": {}, "c": "x"})) == [("/b/0", 1), ("/b/1/a~1", None), ("/c", "x")]


MESSAGES = Identity("/messages/*", ("/id",), also=("/time", "/no"))
ACKS = Identity("/ack/*", ("/id", "/status"))


def test_events_are_identified_in_the_order_of_the_body():
    payload = {"ack": [{"id": 7, "status": "sent"}], "messages": [{"id": "a", "time": 1}, {"id": "b"}]}

    assert identify(payload, [MESSAGES, ACKS]) == [
        Identified("a", "/messages/0", ("/messages/0/id",), ("/messages/0/time",)),
        Identified("b", "/messages/1", ("/messages/1/id",)),
        Identified("7:sent", "/ack/0", ("/ack/0/id", "/ack/0/status")),
    ]


@pytest.mark.parametrize("item", [None, 1, "x", [], {}, {"id": None}, {"id": True}, {"id": ""}, {"id": {"id": "x"}}])
def test_what_holds_no_id_is_no_event(item):
    assert identify({"messages": [item, {"id": "good"}]}, [MESSAGES])[0].id == "good"


def test_all_parts_of_an_id_must_be_there():
    assert identify({"ack": [{"id": "x"}, {"status": "sent"}, {"id": "x", "status": ""}]}, [ACKS]) == []


def test_a_pattern_takes_the_id_out_of_a_text():
    mail = Identity("", ("/headers",), pattern="Message-ID: <([^>]+)>")

    assert [one.id for one in identify({"headers": "To: x\nMessage-ID: <1@h>\nMessage-ID: <2@h>"}, [mail])] == ["1@h"]
    assert identify({"headers": "To: x"}, [mail]) == []


@pytest.mark.parametrize("id_", [0, -1, 2**70])
def test_numbers_are_ids(id_):
    assert [one.id for one in identify({"messages": [{"id": id_}]}, [MESSAGES])] == [str(id_)]
