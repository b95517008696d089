"""A receiver that recognises events by a key, for flaws in choosing that key."""

from hookproof.reference.receiver import ReferenceReceiver


class Keyed(ReferenceReceiver):
    """Recognises events by `key`, and counts the effects of those it takes for new."""

    def key(self, id_, body):
        raise NotImplementedError

    def known(self, key):
        return self.database.execute("SELECT 1 FROM events WHERE id = ?", (key,)).fetchone() is not None

    def accept(self, id_, body):
        key = self.key(id_, body)
        if not self.known(key):
            self.database.execute("INSERT INTO events (id, body, done) VALUES (?, '', 1)", (key,))
            self.count(id_)
