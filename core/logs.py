"""Log lines as JSON: one line an event, which nothing in the data can break or forge."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

from django.http import HttpRequest

request_id: ContextVar[str] = ContextVar("request_id", default="")


def path_for_log(request: HttpRequest) -> str:
    """Return the path; of an address that holds a secret token, the pattern in its place."""
    match = request.resolver_match
    is_secret = match is not None and not match.kwargs.keys().isdisjoint({"token", "key"})
    return f"/{match.route}" if match and is_secret else request.path


class JsonFormatter(logging.Formatter):
    """Format a record as one JSON object; `extra={"fields": {...}}` adds members."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current := request_id.get():
            entry["request_id"] = current
        entry.update(getattr(record, "fields", {}))
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=True, default=str)
