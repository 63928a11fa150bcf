"""Photos: what people upload is taken apart, decoded once and written anew in a few widths.

A file goes through three steps. `inspect` reads the container by hand and copies out only what
the pixels need, so that no metadata, animation or text bomb ever reaches a decoder. `decode`
gives the largest rendition at once, in little memory. `_write` makes the smaller ones from it.
"""

from __future__ import annotations

import contextlib
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 30_000
# Bytes that decoding may need by the header's word; the other parts need some 20 MB more.
MAX_COST = 225 * 1024 * 1024
# A rendition is at most this many times as high as the largest width.
TALLEST = 2
MAX_PARTS = 20_000
MAX_SCANS = 100
MAX_PROFILE = 4 * 1024 * 1024
FORMATS = ("JPEG", "PNG", "WEBP")

_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# One photo at a time in each process: the memory needed does not grow with the threads.
_decoding = Lock()

MESSAGES = {
    "empty": _("This file is empty. Please choose the photo again."),
    "too_large": _("This photo is larger than 10 MB. Please save it smaller and try again."),
    "wrong_kind": _("Please choose a JPEG, PNG or WebP photo."),
    "too_many_pixels": _(
        "This photo has too many pixels to open. "
        "Please save it with at most %(limit)d megapixels and try again."
    ),
    "broken": _(
        "This photo is damaged or incomplete. "
        "Please open it in a photo program, save it as a new JPEG and try again."
    ),
}


def refusal(code: str, **params: int) -> ValidationError:
    return ValidationError(MESSAGES[code], code=code, params=params)


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    def within(self, width: int, height: int) -> Size:
        """Return the size in the same proportion that fits into `width` and `height`."""
        scale = min(1.0, width / self.width, height / self.height)
        return Size(max(1, round(self.width * scale)), max(1, round(self.height * scale)))


@dataclass
class Source:
    """What a container holds: pixel data alone in `data`, the rest as values."""

    data: bytes
    size: Size
    cost: int
    icc: bytes = b""
    orientation: int = 1

    @property
    def turned(self) -> bool:
        return self.orientation >= 5

    def largest(self, widths: tuple[int, ...]) -> Size:
        """Return the size of the largest rendition, as it is looked at."""
        size = Size(self.size.height, self.size.width) if self.turned else self.size
        return size.within(widths[-1], widths[-1] * TALLEST)


def _orientation(exif: bytes) -> int:
    """Return the orientation 1–8 of an EXIF block; 1 if it says none or nonsense.

    Read by hand since Pillow copies every entry, and a small block can point 65,535 times at
    the same megabytes.
    """
    exif = exif.removeprefix(b"Exif\x00\x00")
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    with contextlib.suppress(struct.error):
        (start,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, start)
        for at in range(start + 2, start + 2 + 12 * min(count, 200), 12):
            tag, _kind, _number, value = struct.unpack_from(order + "HHIH", exif, at)
            if tag == 0x0112:
                return value if value in _TURNS else 1
    return 1


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield (marker, body, pixel data that follows it) up to the end of the first picture."""
    at, scans = 2, 0
    for _part in range(MAX_PARTS):
        found = _MARKER.match(data, at)
        if found is None:
            raise refusal("broken")
        marker = found[1][0]
        if marker == 0xD9:
            yield marker, b"", b""
            return
        (length,) = struct.unpack_from(">H", data, found.end())
        at = found.end() + max(2, length)
        body, pixels = data[found.end() + 2 : at], b""
        if marker == 0xDA:
            scans += 1
            following = _MARKER.search(data, at)
            end = following.start() if following else len(data)
            pixels, at = data[at:end], end
        yield marker, body, pixels
        if at >= len(data) or scans > MAX_SCANS:
            break
    # Each scan walks over the whole picture: thousands of tiny ones would take minutes.
    if scans > MAX_SCANS or not scans:
        raise refusal("broken")


def _jpeg_cost(frame: bytes, kind: int, in_first_scan: int) -> tuple[Size, int]:
    """Return the size a frame header tells and the bytes needed to decode it."""
    height, width, count = struct.unpack_from(">HHB", frame, 1)
    factors = [(f >> 4, f & 15) for f in frame[7 : 6 + 3 * count : 3]]
    if not factors or len(factors) != count or not all(1 <= n <= 4 for f in factors for n in f):
        raise refusal("broken")
    most = max(h for h, _v in factors) * max(v for _h, v in factors)
    samples = width * height * sum(h * v for h, v in factors) // most
    # Drafted down, the picture itself is at most 20 MP; several scans keep all coefficients.
    cost = min(width * height, 20_000_000) * 4
    several_scans = kind != 0xC0 or in_first_scan < count
    return Size(width, height), cost + several_scans * samples * 2


def _inspect_jpeg(data: bytes) -> Source:
    parts, icc, orientation, frame, first_scan = [b"\xff\xd8"], b"", 1, b"", 0
    for marker, body, pixels in _jpeg_segments(data):
        if marker == 0xE1 and body.startswith(b"Exif\x00\x00"):
            orientation = _orientation(body)
        elif marker == 0xE2 and body.startswith(b"ICC_PROFILE\x00"):
            icc += body[14:]
        elif marker == 0xFE or (0xE1 <= marker <= 0xEF and marker != 0xEE):
            continue
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            if frame:
                raise refusal("broken")
            frame = bytes([marker]) + body
        elif marker == 0xDA and not first_scan:
            first_scan = body[0]
        if marker == 0xD9:
            parts.append(b"\xff\xd9")
        elif marker not in (0xE1, 0xE2):
            parts += [struct.pack(">BBH", 255, marker, len(body) + 2), body, pixels]
    size, cost = _jpeg_cost(frame[1:], frame[0], first_scan)
    return Source(b"".join(parts), size, cost, icc, orientation)


def _inspect_png(data: bytes) -> Source:
    parts, icc, orientation, at = [data[:8]], b"", 1, 8
    for _part in range(MAX_PARTS):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise refusal("broken")
        if kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            parts.append(data[at:end])
        elif kind == b"eXIf":
            orientation = _orientation(data[at + 8 : end - 4])
        elif kind == b"iCCP":
            packed = data[at + 8 : end - 4].partition(b"\x00")[2][1:]
            with contextlib.suppress(zlib.error):
                icc = zlib.decompressobj().decompress(packed, MAX_PROFILE)
        at = end
        if kind == b"IEND" or at >= len(data):
            break
    width, height = struct.unpack_from(">II", parts[1], 8)
    return Source(b"".join(parts), Size(width, height), width * height * 4, icc, orientation)


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and body of a still picture's chunks, or of those of the first frame."""
    at, framed = 0, False
    for _part in range(MAX_PARTS):
        if at + 8 > len(data):
            return
        kind, length = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + length]
        if kind == b"ANMF" and not framed:
            data, at, framed = body[16:], 0, True
            continue
        yield kind, body
        at += 8 + length + length % 2


def _inspect_webp(data: bytes) -> Source:
    chunks: dict[bytes, bytes] = {}
    for kind, body in _webp_chunks(data[12:]):
        chunks.setdefault(kind, body)
    kept = [(k, chunks[k]) for k in (b"ALPH", b"VP8 ", b"VP8L") if k in chunks]
    kind, pixels = kept[-1]
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", pixels, 1)
        size = Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        kept = kept[-1:]
    else:
        width, height = struct.unpack_from("<HH", pixels, 6)
        size = Size(width & 0x3FFF, height & 0x3FFF)
    if len(kept) > 1:
        sides = (struct.pack("<I", side - 1)[:3] for side in size)
        kept.insert(0, (b"VP8X", b"\x10\x00\x00\x00" + b"".join(sides)))
    packed = b"".join(
        struct.pack("<4sI", k, len(body)) + body + b"\x00" * (len(body) % 2) for k, body in kept
    )
    whole = b"RIFF" + struct.pack("<I", len(packed) + 4) + b"WEBP" + packed
    # Pillow's decoder keeps two canvases and copies the result twice.
    cost = size.width * size.height * 16
    exif = chunks.get(b"EXIF", b"")
    return Source(whole, size, cost, chunks.get(b"ICCP", b""), _orientation(exif))


def read(content: File[bytes]) -> bytes:
    content.seek(0)
    data = content.read(MAX_BYTES + 1)
    content.seek(0)
    if not data:
        raise refusal("empty")
    if len(data) > MAX_BYTES:
        raise refusal("too_large")
    return bytes(data) if isinstance(data, bytes) else str(data).encode()


def inspect(data: bytes) -> Source:
    """Take the container apart and refuse what would be too much to decode."""
    try:
        if data.startswith(b"\xff\xd8\xff"):
            source = _inspect_jpeg(data)
        elif data.startswith(b"\x89PNG\r\n\x1a\n"):
            source = _inspect_png(data)
        elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            source = _inspect_webp(data)
        else:
            raise refusal("wrong_kind")
    except (struct.error, IndexError) as error:
        raise refusal("broken") from error
    pixels = source.size.width * source.size.height
    if not pixels:
        raise refusal("broken")
    limit = min(MAX_PIXELS, pixels * MAX_COST // source.cost)
    if pixels > limit or max(source.size) > MAX_SIDE:
        raise refusal("too_many_pixels", limit=limit // 1_000_000)
    return source


def _plain(image: Image.Image) -> Image.Image:
    """Return `image` in a mode that can be scaled: L, RGB, RGBA or CMYK."""
    if image.mode in ("I;16", "I;16B", "I"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    mode = "RGBA" if image.has_transparency_data else image.mode
    if mode not in ("L", "RGB", "RGBA", "CMYK"):
        mode = "RGB"
    return image if image.mode == mode else image.convert(mode)


def _shrink(image: Image.Image, size: Size) -> Image.Image:
    """Scale to `size` in bands, since changing the mode of the whole picture copies it."""
    factor = max(1, min(image.width // size.width, image.height // size.height))
    if factor > 1:
        step = factor * max(1, 256 // factor)
        reduced: Image.Image | None = None
        for top in range(0, image.height, step):
            box = (0, top, image.width, min(top + step, image.height))
            band = _plain(image.crop(box)).reduce(factor)
            if reduced is None:
                reduced = Image.new(band.mode, (band.width, -(-image.height // factor)))
            reduced.paste(band, (0, top // factor))
        assert reduced is not None  # noqa: S101
        image = reduced
    return _plain(image).resize(size, Image.Resampling.LANCZOS)


def _to_srgb(image: Image.Image, icc: bytes) -> Image.Image:
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if icc and len(icc) < MAX_PROFILE:
        # A profile that does not fit the picture is common and no reason to refuse it.
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            profile = ImageCms.ImageCmsProfile(BytesIO(icc))
            srgb = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(image, profile, srgb, outputMode=mode) or image
    return image if image.mode == mode else image.convert(mode)


def decode(source: Source, widths: tuple[int, ...]) -> Image.Image:
    """Return the largest rendition, upright, RGB or RGBA, without metadata."""
    size = source.largest(widths)
    if source.turned:
        size = Size(size.height, size.width)
    try:
        with _decoding, Image.open(BytesIO(source.data), formats=FORMATS) as image:
            image.draft(image.mode, size)
            image.load()
            small = _to_srgb(_shrink(image, size), source.icc)
            if source.orientation in _TURNS:
                small = small.transpose(_TURNS[source.orientation])
    except Exception as error:
        # Pillow raises some twenty kinds of error on damaged files, MemoryError among them.
        raise refusal("broken") from error
    small.info.clear()
    return small
