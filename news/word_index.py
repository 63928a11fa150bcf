"""The index of folded words: which articles hold which, in each database's own way.

SQLite keeps it in a full-text table beside the articles, which triggers keep in step whoever
writes; PostgreSQL keeps it as an index over the same two columns. Neither needs an extension.
"""

from collections.abc import Iterable
from typing import Any

from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import BooleanField, F, Func
from django.db.models.sql.compiler import SQLCompiler

# PostgreSQL refuses a row whose index entries are too long: a pasted file may be one such word.
LONGEST_WORD = 200


class HoldsWords(Func):
    """Whether an article's title and text hold all of some folded words; for `filter`.

    Both databases are led to ask the index first: they cannot know that looking into the long
    texts of every article costs far more than looking at their times.
    """

    output_field = BooleanField()

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(words)
        super().__init__(F("pk"), F("search_title"), F("search_text"))

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, tuple[str, ...]]:
        """Look each article up among those found; the plus keeps SQLite from going through these
        one by one, for which it would have to read their long rows.
        """
        key, _title, _text = self._columns(compiler)
        # Between quotes no word is an operator.
        match = " AND ".join(f'"{word}"' for word in self.words)
        found = "SELECT rowid FROM news_article_words WHERE news_article_words MATCH %s"
        return f"+{key} IN ({found})", (match,)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, tuple[str, ...]]:
        """Compare arrays of words; behind SELECT the planner cannot see which words they are, or
        it would leave the index aside for frequent ones and take every text apart.
        """
        _key, title, text = self._columns(compiler)
        words = f"{_array_of_words(title, text)} @> (SELECT string_to_array(%s, ' '))"
        return words, (" ".join(self.words),)

    def _columns(self, compiler: SQLCompiler) -> list[str]:
        return [compiler.compile(column)[0] for column in self.get_source_expressions()]


def _array_of_words(title: str, text: str) -> str:
    short = f"regexp_replace({title} || {text}, '[^ ]{{{LONGEST_WORD + 1},}}', '', 'g')"
    return f"string_to_array({short}, ' ')"


_ADD = "INSERT INTO news_article_words(rowid, search_title, search_text)"
_TAKE = "INSERT INTO news_article_words(news_article_words, rowid, search_title, search_text)"
_ADD_NEW = f"{_ADD} VALUES (new.id, new.search_title, new.search_text);"
_TAKE_OLD = f"{_TAKE} VALUES ('delete', old.id, old.search_title, old.search_text);"

_DROP = {
    "sqlite": [
        "DROP TRIGGER IF EXISTS news_article_words_insert",
        "DROP TRIGGER IF EXISTS news_article_words_update",
        "DROP TRIGGER IF EXISTS news_article_words_delete",
        "DROP TABLE IF EXISTS news_article_words",
    ],
    "postgresql": ["DROP INDEX IF EXISTS news_article_words"],
}
_CREATE = {
    "sqlite": [
        # Only which article holds a word is kept, neither where in it nor the text once more.
        "CREATE VIRTUAL TABLE news_article_words USING fts5(search_title, search_text,"
        " content='news_article', content_rowid='id', tokenize='ascii', detail=none, columnsize=0)",
        "INSERT INTO news_article_words(news_article_words) VALUES ('rebuild')",
        "CREATE TRIGGER news_article_words_insert AFTER INSERT ON news_article"
        f" BEGIN {_ADD_NEW} END",
        "CREATE TRIGGER news_article_words_update"
        " AFTER UPDATE OF id, search_title, search_text ON news_article"
        " WHEN (old.id, old.search_title, old.search_text)"
        " IS NOT (new.id, new.search_title, new.search_text)"
        f" BEGIN {_TAKE_OLD} {_ADD_NEW} END",
        "CREATE TRIGGER news_article_words_delete AFTER DELETE ON news_article"
        f" BEGIN {_TAKE_OLD} END",
    ],
    "postgresql": [
        "CREATE INDEX news_article_words ON news_article"
        f" USING gin (({_array_of_words('search_title', 'search_text')})) WITH (fastupdate = off)",
    ],
}


def create(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Build the index over the articles there are, in place of any that is there; for RunPython.

    SQLite loses the triggers when a migration rebuilds the table of articles (as adding a
    constraint does): that migration must end with this, and the tests of the index fail if not.
    """
    drop(_apps, editor)
    for statement in _CREATE[editor.connection.vendor]:
        editor.execute(statement)


def drop(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Remove the index, for RunPython."""
    for statement in _DROP[editor.connection.vendor]:
        editor.execute(statement)
