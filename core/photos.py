"""Photos in models and forms: one upload becomes a few widths, all written anew.

The stored name of a photo is its largest rendition, `<folder>/<token>/<largest width>.<ext>`;
the others lie beside it and follow from the stored width, so that no page asks the disk.
What an upload may hold, and how it is decoded, is in core/photo_decoding.py.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Literal

from django import forms
from django.apps import apps
from django.core import checks
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from django.db import models
from django.db.models.fields.files import ImageFieldFile
from django.forms.widgets import Widget
from PIL import Image

from core.photo_decoding import FORMATS, MESSAGES, Size, decode, inspect, read

Fallback = Literal["JPEG", "PNG"]

ACCEPT = "image/jpeg,image/png,image/webp"
EXTENSIONS: dict[Fallback, str] = {"JPEG": "jpg", "PNG": "png"}
OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 82, "progressive": True, "optimize": True},
    "WEBP": {"quality": 78, "method": 4},
    "PNG": {"optimize": True},
}
NAME = re.compile(
    r"(?P<folder>[a-z0-9-]+)/(?P<token>[a-z0-9]{22,})/(?P<width>[0-9]{2,4})\.(?P<ext>jpg|png|webp)"
)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


def check_photo(content: File[bytes]) -> None:
    """Raise ValidationError with a plain sentence unless `content` can become a photo."""
    decode(inspect(read(content)), (64,))
    content.seek(0)


def renditions(width: int, widths: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return (nominal, real) widths in pixels, ascending, of a photo stored `width` wide.

    The largest is named after the largest of `widths` even when the photo is narrower.
    """
    return [*((w, w) for w in widths[:-1] if w < width), (widths[-1], width)]


def _encode(image: Image.Image, kind: str) -> ContentFile[bytes]:
    if kind == "JPEG" and image.mode == "RGBA":
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        image = white
    out = BytesIO()
    image.save(out, kind, **OPTIONS[kind])
    return ContentFile(out.getvalue())


def _files(
    image: Image.Image, folder: str, widths: tuple[int, ...], fallback: Fallback
) -> Iterator[tuple[str, ContentFile[bytes]]]:
    """Yield name and content of every rendition; the main file comes last."""
    token = "".join(secrets.choice(_ALPHABET) for _ in range(26))
    kinds: list[tuple[str, str]] = [("webp", "WEBP"), (EXTENSIONS[fallback], fallback)]
    files = []
    for nominal, real in reversed(renditions(image.width, widths)):
        if real != image.width:
            height = max(1, round(image.height * real / image.width))
            image = image.resize((real, height), Image.Resampling.LANCZOS)
        files += [(f"{folder}/{token}/{nominal}.{ext}", _encode(image, k)) for ext, k in kinds]
    main = files.pop(1)
    yield from files
    yield main


def _remove(storage: Storage, names: list[str]) -> None:
    """Remove the files, the last first, and their folder if nothing else is in it."""
    for name in reversed(names):
        with contextlib.suppress(OSError):
            storage.delete(name)
    if names:
        with contextlib.suppress(OSError):
            storage.delete(names[-1].rpartition("/")[0])


def _store(content: File[bytes], field: PhotoField) -> tuple[str, Size]:
    """Write every rendition of `content` and return the main name and its size.

    Nothing stays behind if anything fails: ValidationError of the content, OSError of the disk.
    """
    image = decode(inspect(read(content)), field.widths)
    written: list[str] = []
    try:
        for name, file in _files(image, field.folder, field.widths, field.fallback):
            written.append(name)
            field.storage.save(name, file, max_length=field.max_length)
    except BaseException:
        _remove(field.storage, written)
        raise
    return written[-1], Size(image.width, image.height)


class PhotoFieldFile(ImageFieldFile):
    """A stored photo: its main file and what a page needs to show the other renditions."""

    field: PhotoField
    _dimensions_cache: tuple[int | None, int | None]

    @classmethod
    def of_size(cls, field: PhotoField, name: str, size: tuple[int, int]) -> PhotoFieldFile:
        """Return a stored photo of (width, height) pixels without its row, to be shown only."""
        photo = cls(None, field, name)  # type: ignore[arg-type]
        photo._dimensions_cache = size
        return photo

    def save(self, name: str | None, content: File[bytes], save: bool = True) -> None:
        """Store every rendition of `content`; `name` is not used, since people's names leak.

        Raises ValidationError if the content is no photo, OSError if the disk fails.
        """
        self.name, self._dimensions_cache = _store(content, self.field)
        self._file = None
        self._committed = True
        self.instance.__dict__[self.field.attname] = self
        self.field.update_dimension_fields(self.instance, force=True)
        if save:
            self.instance.save()

    def delete(self, save: bool = True) -> None:
        """Remove every rendition from the disk; use `on_commit`, and mind the history's rows."""
        if not self:
            return
        main = str(self.name)
        names = [n for n in self._names(("webp", self.fallback_ext)) if n != main]
        self.close()
        _remove(self.storage, [*names, main])
        self.name, self._file = None, None
        self.__dict__.pop("_dimensions_cache", None)
        setattr(self.instance, self.field.attname, None)
        self._committed = False
        if save:
            self.instance.save()

    @property
    def is_stored(self) -> bool:
        """Tell whether there is a photo on the disk, not only an upload that waits."""
        return bool(self) and self._committed

    @property
    def fallback_ext(self) -> str:
        """Return the extension of the renditions every browser knows: jpg or png."""
        return EXTENSIONS[self.field.fallback]

    @property
    def small_url(self) -> str:
        """Return the address of the smallest rendition every browser knows."""
        nominal, _real = renditions(self.width, self.field.widths)[0]
        return f"{self._folder_url()}/{nominal}.{self.fallback_ext}"

    def srcset(self, ext: str) -> str:
        """Return the `srcset` of all renditions `ext`, with real widths, not asking the disk."""
        folder = self._folder_url()
        return ", ".join(
            f"{folder}/{nominal}.{ext} {real}w"
            for nominal, real in renditions(self.width, self.field.widths)
        )

    def _folder_url(self) -> str:
        """Return the address of the folder in which every rendition lies."""
        return self.url.rpartition("/")[0]

    def _name(self, nominal: int, ext: str) -> str:
        return f"{str(self.name).rpartition('/')[0]}/{nominal}.{ext}"

    def _names(self, extensions: tuple[str, ...]) -> list[str]:
        """Return the name of every rendition there may be."""
        return [self._name(width, ext) for width in self.field.widths for ext in extensions]

    def _get_image_dimensions(self) -> tuple[int | None, int | None]:
        """Return the main file's size: known, planned from an upload's header, or read once."""
        if not hasattr(self, "_dimensions_cache"):
            self._dimensions_cache = self._stored_size() or self._read_size()
        return self._dimensions_cache

    def look_again(self) -> None:
        """Read the size of a stored file whose row may tell another's; OSError if it is gone."""
        if self and self._committed and not hasattr(self, "_dimensions_cache"):
            self._dimensions_cache = self._read_size()

    def _stored_size(self) -> tuple[int, int] | None:
        names = (self.field.width_field, self.field.height_field)
        sides = [getattr(self.instance, name, None) for name in names if name]
        if not self._committed or len(sides) < 2 or not all(sides):
            return None
        return int(sides[0] or 0), int(sides[1] or 0)

    def _read_size(self) -> tuple[int | None, int | None]:
        if self._committed:
            with (
                self.storage.open(str(self.name)) as file,
                Image.open(file, formats=FORMATS) as image,
            ):
                return image.size
        try:
            return inspect(read(self.file)).largest(self.field.widths)
        except ValidationError:
            # The same fault is raised, with its sentence, when the upload is checked or stored.
            return None, None


class PhotoFormField(forms.ImageField):
    """An upload that says in plain words why a file cannot be taken."""

    # The name is not used, and people often give a photo a wrong one.
    default_validators = []
    default_error_messages = {"empty": MESSAGES["empty"]}

    def to_python(self, data: Any) -> Any:
        file = forms.FileField.to_python(self, data)
        if file is not None:
            check_photo(file)
        return file

    def widget_attrs(self, widget: Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "accept": ACCEPT}


class PhotoField(models.ImageField):
    """A photo kept in several widths, as JPEG or PNG and as WebP.

    `folder` is the first part of the stored name, `widths` the nominal widths in pixels,
    ascending, `fallback` the format beside WebP: PNG keeps transparency, JPEG puts white under it.
    """

    attr_class = PhotoFieldFile
    width_field: str | None
    height_field: str | None

    def __init__(
        self,
        *args: Any,
        folder: str = "",
        widths: tuple[int, ...] = (480, 960, 1600),
        fallback: Fallback = "JPEG",
        **kwargs: Any,
    ) -> None:
        self.folder = folder
        self.widths = tuple(widths)
        self.fallback = fallback
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("upload_to", None)
        kwargs["folder"] = self.folder
        if self.widths != (480, 960, 1600):
            kwargs["widths"] = self.widths
        if self.fallback != "JPEG":
            kwargs["fallback"] = self.fallback
        return name, path, list(args), kwargs

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        longest = f"{self.folder}/{'0' * 26}/{self.widths[-1]}.webp"
        if not NAME.fullmatch(longest) or len(longest) > (self.max_length or 0):
            found.append(checks.Error("The folder or a width makes no valid name.", obj=self))
        if list(self.widths) != sorted(set(self.widths)) or self.widths[0] < 10:
            found.append(checks.Error("The widths must ascend from at least 10.", obj=self))
        return found

    def update_dimension_fields(
        self, instance: models.Model, force: bool = False, *args: Any, **kwargs: Any
    ) -> None:
        """Set width and height when a photo is assigned; never read a file on loading a row."""
        if not force and not isinstance(instance.__dict__.get(self.attname), File):
            return
        file = getattr(instance, self.attname)
        # A name assigned by hand: what the row says is of the photo before, so look once.
        with contextlib.suppress(OSError):
            file.look_again()
        super().update_dimension_fields(instance, force, *args, **kwargs)

    def formfield(self, **kwargs: Any) -> forms.Field | None:  # type: ignore[override]
        # The upload's name is not kept, so its length does not matter.
        return super().formfield(**{"form_class": PhotoFormField, "max_length": None, **kwargs})


def photo_fields() -> Iterator[tuple[type[models.Model], PhotoField]]:
    """Yield every model with each of its photo fields."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, PhotoField):
                yield model, field
