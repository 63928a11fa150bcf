"""An index of folded words in each database's own way, by which beginnings of words are found.

SQLite keeps it in a full-text table beside the records, which triggers keep in step whoever
writes; PostgreSQL keeps it as an index over the key. Neither needs an extension. A key is made by
`core.text.search_key` or like it: words of a to z and 0 to 9 between single spaces.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import BooleanField, F, Func
from django.db.models.sql.compiler import SQLCompiler

# More words in one condition than people type are more than they mean.
MOST_WORDS = 20


class HoldsPrefixes(Func):
    """Whether a record's key has a word beginning with each of some folded words; for `filter`.

    A number is found whole: "1" is not the beginning of "10".
    """

    output_field = BooleanField()

    def __init__(self, words: Iterable[str], key: str = "search_key") -> None:
        self.words = tuple(words)[:MOST_WORDS]
        super().__init__(F("pk"), F(key))

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: object
    ) -> tuple[str, tuple[str, ...]]:
        """Look each record up among those found, whose list is short or quickly made."""
        pk, table, column = self._names(compiler)
        index = f'"{table}_{column}"'
        match = " AND ".join(f'"{word}"{"" if word.isdecimal() else "*"}' for word in self.words)
        found = f"SELECT rowid FROM {index} WHERE {index} MATCH %s"  # noqa: S608 — own names.
        return f"{pk} IN ({found})", (match,)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: object
    ) -> tuple[str, tuple[str, ...]]:
        """Look each record up among those found; between quotes no word is an operator.

        PostgreSQL takes every beginning of a word for frequent. Left to choose, it reads the
        records in order and makes the words of each, which is slow for a word that few hold.
        What stands within `IS TRUE` is looked up once, by the index of words.
        """
        pk, table, column = self._names(compiler)
        words = " & ".join(f"'{word}'{'' if word.isdecimal() else ':*'}" for word in self.words)
        holds = f"to_tsvector('simple', {column}) @@ to_tsquery('simple', %s)"
        found = f'SELECT id FROM "{table}" WHERE {holds}'  # noqa: S608 — own names.
        return f"({pk} IN ({found})) IS TRUE", (words,)

    def _names(self, compiler: SQLCompiler) -> tuple[str, str, str]:
        """The primary key as the query names it, and the key's own table and column."""
        pk, key = self.get_source_expressions()
        field = key.target
        return compiler.compile(pk)[0], field.model._meta.db_table, field.column


@dataclass(frozen=True)
class PrefixIndex:
    """The index over one column of a table.

    SQLite loses the triggers when a migration rebuilds the table (as adding a constraint does):
    that migration must end with `step()`, and the tests of the index fail if not.
    """

    table: str
    column: str = "search_key"

    def step(self) -> migrations.RunPython:
        """Return the step of a migration that builds the index, in place of any that is there."""
        return migrations.RunPython(self._create, self._drop)

    def _create(self, apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        self._drop(apps, editor)
        on_sqlite = editor.connection.vendor == "sqlite"
        for statement in self._for_sqlite() if on_sqlite else [self._for_postgresql()]:
            editor.execute(statement)

    def _drop(self, _apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        name = f"{self.table}_{self.column}"
        if editor.connection.vendor != "sqlite":
            editor.execute(f"DROP INDEX IF EXISTS {name}")
            return
        for event in ("insert", "update", "delete"):
            editor.execute(f"DROP TRIGGER IF EXISTS {name}_{event}")
        editor.execute(f"DROP TABLE IF EXISTS {name}")

    def _for_postgresql(self) -> str:
        words = f"to_tsvector('simple', {self.column})"
        return f"CREATE INDEX {self.table}_{self.column} ON {self.table} USING gin ({words})"

    def _for_sqlite(self) -> list[str]:
        table, column, name = self.table, self.column, f"{self.table}_{self.column}"
        insert = f"INSERT INTO {name}"
        add = f"{insert}(rowid, {column}) VALUES (new.id, new.{column});"
        take = f"{insert}({name}, rowid, {column}) VALUES ('delete', old.id, old.{column});"
        return [
            # Only which record holds a word is kept, neither where in it nor the text once more.
            f"CREATE VIRTUAL TABLE {name} USING fts5({column}, content='{table}',"
            " content_rowid='id', tokenize='ascii', detail=none, columnsize=0, prefix='1 2')",
            f"{insert}({name}) VALUES ('rebuild')",
            f"CREATE TRIGGER {name}_insert AFTER INSERT ON {table} BEGIN {add} END",
            f"CREATE TRIGGER {name}_update AFTER UPDATE OF id, {column} ON {table}"
            f" WHEN (old.id, old.{column}) IS NOT (new.id, new.{column})"
            f" BEGIN {take} {add} END",
            f"CREATE TRIGGER {name}_delete AFTER DELETE ON {table} BEGIN {take} END",
        ]
