"""The backend that `DATABASES` names; all but the health check is Django's."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose health check costs no round trip while nothing speaks against it."""

    def is_usable(self) -> bool:
        """Whether the server still holds the connection.

        A server that waits for a question says nothing, unless it takes its leave or the line is
        cut: only if there is something to read is it asked. A line that went dead in silence is
        found by the keepalives of the settings.
        """
        connection = self.connection
        if connection is None or connection.closed:
            return False
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        return not poll.poll(0) or super().is_usable()
