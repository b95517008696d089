"""Socket.IO packets of a server nobody vouches for: what cannot be read is told, and costs neither memory nor the rest.

The client library looks at a packet in a task of its own; what is raised there is lost, and the event with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from socketio import packet


def packet_class(unreadable: Callable[[], None], ended: Callable[[], None]) -> type:
    """The class for one connection. `unreadable` and `ended` are called when such a packet has come."""

    class Packet(packet.Packet):  # type: ignore[misc]  # the library has no types
        data: Any

        def decode(self, encoded_packet: Any) -> int:
            try:
                missing = super().decode(encoded_packet) or 0
                if not _is_sound(self):
                    raise ValueError
            except (ValueError, TypeError, IndexError, RecursionError):
                unreadable()
                self.packet_type, self.namespace, self.id, self.data = packet.ACK, None, None, []  # is ignored
                return 0
            if self.packet_type == packet.DISCONNECT:
                ended()
            if self.packet_type in (packet.BINARY_EVENT, packet.BINARY_ACK) and not missing:
                self.packet_type -= packet.BINARY_EVENT - packet.EVENT
            self._missing = missing
            return missing

        def add_attachment(self, attachment: Any) -> bool:
            """Whether it was the last. Attachments are not kept: no id is looked for in bytes."""
            self._missing -= 1
            return bool(self._missing <= 0)

    return Packet


def _is_sound(found: packet.Packet) -> bool:
    """Whether the library can act on the packet without stumbling."""
    if found.packet_type in (packet.EVENT, packet.BINARY_EVENT):
        return isinstance(found.data, list) and bool(found.data) and isinstance(found.data[0], str)
    if found.packet_type == packet.CONNECT:
        return found.data is None or isinstance(found.data, dict)
    return found.packet_type in (packet.DISCONNECT, packet.ACK, packet.CONNECT_ERROR, packet.BINARY_ACK)
