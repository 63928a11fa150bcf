"""Lists of the back office that are searched without diacritics."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from core.text import clean_line, search_key

# More words in one condition than people type are more than SQLite takes.
MOST_WORDS = 20


class FoldedSearch:
    """Looks for words that begin with what was typed: "an" finds An and Anh, not Văn.

    Other fields may hold what was typed anywhere.
    """

    # Those of `search_fields` that hold keys made by `search_key`.
    folded_fields: Iterable[str] = ("folded_name",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Keep the rows in which every word is found in one of the fields."""
        admin: Any = self
        for word in clean_line(search_term).split()[:MOST_WORDS]:
            queryset = queryset.filter(self._found_in(admin.get_search_fields(request), word))
        return queryset, False

    def _found_in(self, fields: Iterable[str], word: str) -> Q:
        found = Q()
        for field in fields:
            if field not in self.folded_fields:
                found |= Q(**{f"{field}__icontains": word})
            elif key := search_key(word).rstrip():
                found |= Q(**{f"{field}__startswith": key.lstrip()}) | Q(
                    **{f"{field}__contains": key}
                )
        return found
