"""Every attempt is sent when it is due, whatever the target does, ends once, and is counted for what it was."""

import socket
import struct
import threading
import time
from itertools import accumulate, count

import pytest

from hookproof.load.engine.tally import ANSWERED, MARKS, Fate
from hookproof.load.schedule.schedule import constant, steady
from tests.load.conftest import OK, answering, bodies, engine, request, served


def raw(*pieces, pause_s=0.0, times=1):
    """Answers so many requests of a connection with these bytes, then closes it."""

    def serve(connection):
        for _, _ in zip(range(times), bodies(connection), strict=False):
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause_s)

    return serve


def reset(connection):
    next(bodies(connection))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(connection):
    for _ in bodies(connection):
        pass


def only(tally, fate):
    assert tally.unbalanced == ""
    assert dict(+tally.fates) == {fate: tally.due}
    return True


def test_what_is_acknowledged_is_counted_once_over_few_connections(sent):
    tally = sent(answering(OK))

    assert only(tally, Fate.ACKNOWLEDGED)
    assert (tally.due, tally.deliveries, tally.sent, tally.answered) == (30, 30, 30, 30)
    assert tally.statuses == {200: 30}
    assert tally.latency.total == tally.service.total == tally.lag.total == 30
    assert tally.opened < 10
    assert tally.marks[0][:31] == bytes([MARKS[Fate.ACKNOWLEDGED]]) * 30 + b"\0"


def test_each_delivery_goes_over_a_connection_of_its_own_if_asked(sent):
    assert sent(answering(OK), reuse=False).opened == 30


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n0\r\nX: y\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK,
        b"HTTP/1.0 200 OK\nContent-Length: 0\n\n",
        b"HTTP/1.1 202 \r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["no content", "chunked", "chunked with trailers", "informational first", "bare line feeds", "length twice"],
)
def test_answers_in_every_form_are_read_to_their_end(sent, answer):
    assert only(sent(answering(answer)), Fate.ACKNOWLEDGED)


@pytest.mark.parametrize("cut", [1, 12, 20, 38, len(OK) - 1])
def test_answers_that_come_in_pieces_are_put_together(sent, cut):
    assert only(sent(raw(OK[:cut], OK[cut:], pause_s=0.02, times=99)), Fate.ACKNOWLEDGED)


def test_a_body_without_a_length_ends_with_its_connection(sent):
    assert only(sent(raw(b"HTTP/1.1 200 OK\r\n\r\nall of it")), Fate.ACKNOWLEDGED)


def test_bytes_after_an_answer_are_no_answer_to_the_next_delivery(sent):
    tally = sent(answering(OK + OK))

    assert tally.unbalanced == ""
    assert tally.acknowledged == tally.due == tally.opened


@pytest.mark.parametrize(
    ("serve", "fate"),
    [
        (answering(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), Fate.REJECTED),
        (answering(b"HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"), Fate.REJECTED),
        (reset, Fate.RESET),
        (raw(b""), Fate.RESET),
        (raw(OK[:-1]), Fate.RESET),
        (raw(b"HTTP/1.1 200 OK\r\n"), Fate.RESET),
        (raw(b"SSH-2.0-x\r\n\r\n"), Fate.GARBLED),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), Fate.GARBLED),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n"), Fate.GARBLED),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), Fate.GARBLED),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"), Fate.GARBLED),
        (raw(b"HTTP/1.1 101 Switching\r\n\r\n"), Fate.GARBLED),
        (raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 30), Fate.GARBLED),
        (raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000), Fate.GARBLED),
        (raw(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_100_000), Fate.GARBLED),
    ],
    ids=[
        "503", "redirect", "reset", "closed", "body cut", "head cut", "another protocol", "negative length",
        "two lengths", "bad chunk", "too large", "101", "informational without end", "head without end",
        "body without end",
    ],
)  # fmt: skip
def test_what_goes_wrong_is_told_apart(sent, serve, fate):
    assert only(sent(serve, rate=50, for_s=0.2), fate)


def test_nobody_listening_is_refused_and_never_sent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = listener.getsockname()
    tally = engine(place).run(constant(500, 0.2).due(0), duration_s=0.2)

    assert only(tally, Fate.REFUSED)
    assert tally.sent == 0


HEAD_DRIPS = raw(*[b"H"] * 100, pause_s=0.02)
BODY_DRIPS = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n", *[b"x"] * 50, pause_s=0.02)


@pytest.mark.parametrize("serve", [silent, HEAD_DRIPS, BODY_DRIPS], ids=["silent", "head", "body"])
def test_silence_and_dripping_are_cut_at_the_deadline(serve):
    begun = time.monotonic()
    with served(serve) as place:
        tally = engine(place, deadline_s=0.3).run(constant(50, 0.1).due(0), duration_s=0.1)

    assert only(tally, Fate.TIMED_OUT)
    assert time.monotonic() - begun < 1.0


def test_a_freezing_server_shows_the_true_share_of_late_deliveries():
    """It stands still for 0.4 s of each second; what is due in a freeze is answered when that ends, and late."""
    answered, thaw = {}, threading.Event()
    lock = threading.Lock()

    def freeze():
        while not thaw.wait(0.6):
            with lock:
                time.sleep(0.4)

    def serve(connection):
        for body in bodies(connection):
            with lock:
                answered[body] = time.perf_counter()
                connection.sendall(OK)

    threading.Thread(target=freeze, daemon=True).start()
    with served(serve) as place:
        started = time.perf_counter()
        due = {request(serial): at for at, serial in steady(400, 2.7).due(3)}
        tally = engine(place).run(zip(due.values(), count(), strict=False), duration_s=2.7, started=started)
    thaw.set()

    def late(than_s):
        return sum(answered[body] - started - at > than_s for body, at in due.items())

    assert tally.acknowledged == len(due)
    assert late(0.202) > 0.1 * len(due)
    # Nothing that was answered late is left out; what a busy machine adds of its own is less than a tenth of a second.
    assert late(0.202) <= tally.latency.above(0.2) <= late(0.1)


def test_latency_counts_from_when_a_delivery_was_due_not_from_when_it_was_sent():
    """One connection and 50 ms for each answer: at 40 a second everything waits ever longer, and that is counted."""

    def serve(connection):
        for _ in bodies(connection):
            time.sleep(0.05)
            connection.sendall(OK)

    with served(serve) as place:
        tally = engine(place, connections=1, deadline_s=5).run(constant(40, 0.5).due(0), duration_s=0.5)

    assert tally.acknowledged == 20
    assert tally.waited > 10
    assert tally.service.quantile_us(0.5) < 80_000
    assert tally.latency.highest_us > 400_000


def test_what_finds_no_free_connection_until_its_deadline_is_never_sent(sent):
    tally = sent(silent, rate=300, connections=3, deadline_s=0.2)

    assert tally.unbalanced == ""
    assert tally.of(Fate.TIMED_OUT) + tally.of(Fate.UNSENT) == tally.due
    assert tally.of(Fate.UNSENT) > 10


def test_failed_attempts_are_retried_by_the_ladder_and_end_with_the_first_acknowledgement(sent):
    tries = {}

    def serve(connection):
        for body in bodies(connection):
            tries[body] = tries.get(body, 0) + 1
            connection.sendall(OK if tries[body] == 3 else b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")

    tally = sent(serve, rate=20, for_s=0.9, retries=(0.05, 0.05, 0.05))

    assert tally.unbalanced == ""
    assert tally.deliveries == 18
    assert tally.acknowledged == 16 or set(tries.values()) == {3}
    assert tally.due == tally.acknowledged + tally.of(Fate.REJECTED)


def test_a_kept_connection_that_closes_just_as_it_is_used_is_nobodys_failure():
    """Keep-alive of 100 ms against a delivery every 100 ms: some requests cross the close on the wire."""

    def serve(connection):
        next(bodies(connection))
        connection.sendall(OK)
        connection.settimeout(0.1)
        try:
            connection.recv(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except TimeoutError:
            pass

    with served(serve) as place:
        tally = engine(place).run(((at * 0.09, at) for at in range(6)), duration_s=0.6)

    assert tally.unbalanced == ""
    assert tally.acknowledged + tally.of(Fate.RACED, Fate.RESET) == 6  # reset: on a machine too busy to be quick
    assert tally.of(Fate.RACED)


@pytest.mark.parametrize("rest_s", [0.0005, 0.004])
def test_a_server_that_closes_after_each_answer_without_saying_so_resets_nothing(rest_s):
    """What it gives up just as it is used again is nobody's failure, and once seen it is hardly used again."""

    def serve(connection):
        for _ in bodies(connection):
            connection.sendall(OK)
            time.sleep(rest_s)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return

    with served(serve) as place:
        gaps = [0.05, *([0.05, 0.0045, 0.0025, 0.001, 0.0007] * 30)]
        tally = engine(place).run(zip(accumulate(gaps), count(), strict=False), duration_s=3)

    assert tally.unbalanced == ""
    assert tally.of(Fate.RESET) < 15  # on a machine too busy to see how soon it closes
    assert tally.of(Fate.RACED) < 75
    assert tally.acknowledged + tally.of(Fate.RACED, Fate.RESET) == tally.due


@pytest.mark.parametrize("rate", [20, 400])
def test_a_server_that_resets_some_requests_on_connections_it_keeps_is_the_cause(rate):
    """It never closes what is idle, at whatever rest: every break is a reset, and costs one connection."""
    broken = {request(serial) for serial in (7, 12, 18)}

    def serve(connection):
        for body in bodies(connection):
            if body in broken:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            connection.sendall(OK)

    gaps = [0.01, 0.2, *([1 / rate] * 20)]  # the second delivery shows how long a connection may rest
    with served(serve) as place:
        tally = engine(place, deadline_s=5).run(zip(accumulate(gaps), count(), strict=False), duration_s=2)

    assert (tally.of(Fate.RESET), tally.of(Fate.RACED), tally.acknowledged) == (3, 0, 19)


def test_abandoning_ends_at_once_and_says_what_was_under_way():
    with served(silent) as place:
        runner = engine(place, deadline_s=30)
        threading.Timer(0.2, lambda: setattr(runner, "abandoning", True)).start()
        begun = time.monotonic()
        tally = runner.run(constant(50, 30).due(0), duration_s=30)

    assert time.monotonic() - begun < 1
    assert tally.unbalanced == ""
    assert tally.of(Fate.ABANDONED, Fate.OWN) == tally.due > 4


def test_the_shares_of_workers_together_are_one_engines_tally():
    due = list(constant(200, 0.3).due(0))
    with served(answering(OK)) as place:
        whole = engine(place).run(due, duration_s=0.3)
        parts = [
            engine(place, worker=worker, workers=3).run([one for one in due if one[1] % 3 == worker], duration_s=0.3)
            for worker in range(3)
        ]
    first, *others = parts
    for other in others:
        first.merge(other)

    assert (first.due, first.deliveries, first.sent, first.fates) == (
        whole.due,
        whole.deliveries,
        whole.sent,
        whole.fates,
    )
    assert first.latency.total == whole.latency.total
    marks = [first.marks[serial % 3][serial // 3] for serial in range(60)]
    assert bytes(marks) == whole.marks[0][:60]


def test_copies_are_attempts_of_one_delivery(sent):
    with served(answering(OK)) as place:
        tally = engine(place).run([(0.0, 0), (0.0, 0), (0.01, 1)], duration_s=0.1)

    assert (tally.due, tally.deliveries, tally.acknowledged) == (3, 2, 3)


def test_every_answer_is_one_of_the_known_kinds(sent):
    tally = sent(answering(OK, b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"))

    assert tally.answered == tally.of(*ANSWERED) == sum(tally.statuses.values()) == tally.due


def test_requests_arrive_whole_and_each_once():
    seen = []

    def serve(connection):
        for body in bodies(connection):
            seen.append(body)
            connection.sendall(OK)

    with served(serve) as place:
        engine(place).run(constant(1000, 0.2).due(0), duration_s=0.2)

    assert sorted(seen) == [request(serial) for serial in range(200)]


def test_what_this_machine_has_no_descriptors_for_is_nobodys_failure():
    """A receiver that takes a second for each, and room for four connections where many are wanted."""

    def serve(connection):
        for _ in bodies(connection):
            time.sleep(0.5)
            connection.sendall(OK)

    with served(serve) as place:
        tally = engine(place, room=4).run(constant(60, 0.5).due(0), duration_s=0.5)

    assert tally.unbalanced == ""
    assert (tally.acknowledged, tally.of(Fate.OWN)) == (4, 26)
