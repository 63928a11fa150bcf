"""Passwords that anybody who knows the office would try first."""

import re
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from branches.models import Commune, Office
from core.text import fold

# Folded and without spaces, as people run them together.
WORDS = [
    *("doanthanhnien", "thanhnien", "doanvien", "huyendoan", "xadoan", "chidoan", "tinhdoan"),
    *("bithu", "phobithu", "canbo", "quantri", "tphcm", "hochiminh", "congsan", "tncs"),
    *("doan", "huyen", "xa", "tinh", "vietnam", "matkhau", "password", "admin", "portal"),
]
_LETTERS = re.compile(r"[^a-z]")


class ContextWordsValidator:
    """Refuse a password of nothing but words of the office, digits and signs."""

    def validate(self, password: str, user: Any = None) -> None:
        letters = _LETTERS.sub("", fold(unicodedata.normalize("NFKC", password)))
        if letters and _is_made_of(letters, self._words()):
            raise ValidationError(self.get_help_text(), code="password_of_context_words")

    def get_help_text(self) -> str:
        return _(
            "The password must not consist only of words such as the name of the office, of a"
            " commune or of a post, even with digits added."
        )

    @staticmethod
    def _words() -> set[str]:
        office = Office.objects.load()
        names = [office.full_name, office.short_name, office.province]
        names += Commune.objects.values_list("name", flat=True)
        # Also each part, since part of a name is as easy to guess as all of it.
        parts = [part for name in names for part in (name, *name.split())]
        folded = {_LETTERS.sub("", fold(part)) for part in parts}
        return {*WORDS, *folded} - {""}


def _is_made_of(letters: str, words: set[str]) -> bool:
    """Tell whether `letters` is a row of `words`."""
    ends = {0}
    for start in range(len(letters)):
        if start in ends:
            ends |= {start + len(word) for word in words if letters.startswith(word, start)}
    return len(letters) in ends


class MaximumLengthValidator:
    """Refuse what is too long to hash for everybody who asks."""

    longest = 128

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > self.longest:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return _("The password may have up to 128 characters, spaces included.")
