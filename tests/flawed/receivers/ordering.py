"""Flaws in telling how far something has got, when the news come in another order."""

# ruff: noqa: RUF012

from hookproof.reference.receiver import ReferenceReceiver, Refused
from tests.flawed.receivers.surfaces import ChatApi

RANKS = {"sent": 1, "delivered": 2, "viewed": 3}


class _States(ChatApi):
    """Hears of messages that they were sent, delivered and viewed."""

    def told(self, id_):
        """The message an event is about, and how far it says that it has got; 0 for a message itself."""
        message, _, state = id_.rpartition(":")
        return (message, RANKS.get(state, 0)) if message else (id_, 0)


class RefusesLateNews(_States):
    """Answers 409 to an older state of a message of which it knows a newer one."""

    bug = "I14"
    caught_by = "receiver.ordering.acknowledges-an-older-state-after-a-newer-one"

    def accept(self, id_, body):
        message, rank = self.told(id_)
        known = self.__dict__.setdefault("known", {})
        if rank < known.get(message, 0):
            raise Refused(409, "older than what is known")
        known[message] = rank
        super().accept(id_, body)


class ForgetsTheNewerState(_States):
    """Writes an older state that comes late over the newer one."""

    bug = "I14"
    caught_by = "receiver.ordering.keeps-the-newer-state"

    def count(self, id_):
        message, rank = self.told(id_)
        newer = [f"{message}:{state}" for state, other in RANKS.items() if other > rank > 0]
        self.database.executemany("DELETE FROM effects WHERE id = ?", [(one,) for one in newer])
        super().count(id_)


class ForgetsTheNewerStateOfASession(ReferenceReceiver):
    """Keeps one state for each session, and puts the late news of an earlier one in its place."""

    bug = "I14"
    caught_by = "receiver.ordering.keeps-the-newer-state"
    perhaps = {"receiver.processing.processes-optional-kinds-at-most-once"}
    provider = "waping"

    def events(self, payload, body):
        about = payload.get("session") if isinstance(payload, dict) else None
        if isinstance(about, dict) and isinstance(about.get("id"), str):
            self.__dict__.setdefault("about", {})[super().named(payload)[0]] = about["id"]
        return super().events(payload, body)

    def count(self, id_):
        about, shown = self.__dict__.setdefault("about", {}), self.__dict__.setdefault("shown", {})
        if session := about.get(id_):
            self.database.execute("DELETE FROM effects WHERE id = ?", (shown.get(session, ""),))
            shown[session] = id_
        super().count(id_)


class KeysStatesByTheMessage(_States):
    """Recognises a retry by the message's id alone, and takes delivered and viewed for retries of sent."""

    bug = "I5"
    caught_by = "receiver.ordering.tells-the-states-of-one-event-apart"
    also = {"receiver.processing.processes-every-event-of-a-batch"}

    def accept(self, id_, body):
        message, rank = self.told(id_)
        known = self.__dict__.setdefault("known", {})
        if not rank or known.setdefault(message, id_) == id_:
            super().accept(id_, body)


class RefusesStatesOfTheUnknown(_States):
    """Answers 404 to news of a message that it does not know yet."""

    bug = "I16"
    caught_by = "receiver.ordering.acknowledges-a-state-of-an-unknown-event"
    also = {
        "receiver.acknowledgement.acknowledges-a-batch",
        "receiver.acknowledgement.acknowledges-every-documented-kind",
    }
    perhaps = {"receiver.payload.acknowledges-every-valid-delivery"}

    def accept(self, id_, body):
        message, rank = self.told(id_)
        if rank and not self.counted(message):
            raise Refused(404, "No such message")
        super().accept(id_, body)
