"""Text fields that keep Vietnamese in one form (NFC, ordinary spaces) and refuse hidden signs."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from core.text import clean, clean_line, has_forbidden_characters


def refuse_forbidden_characters(text: str) -> None:
    """Refuse control and direction-changing characters, which only mistakes or tricks contain."""
    if has_forbidden_characters(text):
        raise ValidationError(
            _("This text contains hidden control characters. Please type it again by hand."),
            code="forbidden_characters",
        )


class _CleanMixin(models.Field[str | Combinable, str]):
    """Cleans what comes in, from forms and from any other writer."""

    default_validators = [refuse_forbidden_characters]
    clean_text: Callable[[str], str]

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return type(self).clean_text(text) if isinstance(text, str) else text

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        text = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, text)
        return text


class CleanTextField(_CleanMixin, models.TextField[str | Combinable, str]):
    """Lines in NFC; `max_length` holds for every writer that validates, not for forms alone."""

    clean_text = staticmethod(clean)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.max_length is not None:
            self.validators.append(MaxLengthValidator(self.max_length))


class CleanCharField(_CleanMixin, models.CharField[str | Combinable, str]):
    """A single line in NFC."""

    clean_text = staticmethod(clean_line)


class KeyField(models.CharField[str | Combinable, str]):
    """A stored key of ASCII: compared byte by byte, so that both databases order it alike.

    That also lets PostgreSQL find beginnings of keys by an ordinary index.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        """Ask PostgreSQL for the order of bytes, which is SQLite's own."""
        parameters = super().db_parameters(connection)
        collation = "C" if connection.vendor == "postgresql" else None
        return {**parameters, "collation": collation}
