"""Tables to which rows can only be added: the model refuses the rest, and so does the database.

On PostgreSQL the database refuses changing and deleting; TRUNCATE, by which tests empty tables,
fires no such trigger. On SQLite tests empty them row by row, so there the model alone refuses
deleting. Rows that grew too old may be removed by a migration that drops the trigger and puts it
back.
"""

from typing import Any, NoReturn, TypeVar

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

Row = TypeVar("Row", bound=models.Model)

MESSAGE = "rows of this table can only be added"
POSTGRESQL = """
CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_refuse();
"""
SQLITE = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table}
BEGIN
  SELECT RAISE(ABORT, '{message}');
END
"""


class AppendOnlyError(Exception):
    """Raised by whoever tries to change or delete such a row."""


class AppendOnlyQuerySet(models.QuerySet[Row]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        raise AppendOnlyError


class AppendOnlyModel(models.Model):
    """A row that can only be added.

    The manager comes from AppendOnlyQuerySet, and a migration calls `append_only`.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError


def append_only(table: str) -> migrations.RunPython:
    """Return the step of a migration by which the database refuses to change rows of `table`."""

    def forbid(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        on_postgresql = schema_editor.connection.vendor == "postgresql"
        statement = POSTGRESQL if on_postgresql else SQLITE
        schema_editor.execute(statement.format(table=table, message=MESSAGE))

    def allow(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP FUNCTION {table}_refuse() CASCADE")
        else:
            schema_editor.execute(f"DROP TRIGGER {table}_append_only")

    return migrations.RunPython(forbid, allow)
