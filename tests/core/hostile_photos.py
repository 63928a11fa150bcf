"""Files that try to break or to abuse the photo pipeline, and odd ones that must get through.

Nothing here is committed as a binary: each file is made when the tests run.
"""

import contextlib
import io
import random
import struct
import sys
import zipfile
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

SECRET = b"SECRET-10.776889N-106.700806E"
SCRIPT = b"*/=alert('" + SECRET + b"')/*"
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Upload:
    """A file as it comes in; `code` is the expected refusal, "" when it must be taken."""

    name: str
    data: bytes
    code: str = ""


def picture(width: int = 640, height: int = 480, mode: str = "RGB") -> Image.Image:
    """Return a picture with a red left half, a blue right half and a green disc."""
    image = Image.new("RGB", (width, height), (200, 30, 30))
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 2, 0, width, height), fill=(30, 30, 200))
    draw.ellipse((width // 4, height // 4, width // 2, height // 2), fill=(30, 160, 30))
    return image.convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """Return `image` as a file of that kind."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def segment(marker: int, body: bytes) -> bytes:
    """Return a JPEG segment."""
    return struct.pack(">BBH", 255, marker, len(body) + 2) + body


def in_jpeg(*segments: bytes, data: bytes = b"") -> bytes:
    """Return a JPEG with `segments` put in at the front."""
    data = data or encoded(picture())
    return data[:2] + b"".join(segments) + data[2:]


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """Return a PNG chunk with a right checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, rows: bytes, *, depth: int = 8, colour: int = 2) -> bytes:
    """Return a PNG that claims the size and holds `rows`, filter bytes included."""
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
        + png_chunk(b"IDAT", zlib.compress(rows, 9))
        + png_chunk(b"IEND", b"")
    )


def in_png(*chunks: bytes, data: bytes = b"") -> bytes:
    """Return a PNG with `chunks` after its header."""
    data = data or encoded(picture(), "PNG")
    return data[:33] + b"".join(chunks) + data[33:]


def exif(*entries: tuple[int, int, int, int], order: str = "<", tail: bytes = b"") -> bytes:
    """Return an EXIF block of (tag, type, count, value) and bytes after them."""
    head = {"<": b"II*\x00", ">": b"MM\x00*"}[order] + struct.pack(order + "I", 8)
    body = b"".join(struct.pack(order + "HHII", *entry) for entry in entries)
    if order == ">":
        body = b"".join(struct.pack(">HHIHH", t, k, n, v, 0) for t, k, n, v in entries)
    return head + struct.pack(order + "H", len(entries)) + body + b"\x00" * 4 + tail


def gps_exif() -> bytes:
    """Return the EXIF block a telephone writes: where, when, with what."""
    data = Image.Exif()
    data[0x010F] = SECRET.decode()
    data.get_ifd(0x8825).update({1: "N", 2: (10.0, 46.0, 36.8), 3: "E", 4: (106.0, 42.0, 2.9)})
    return data.tobytes()


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return a WebP container of (kind, body)."""
    body = b"".join(
        struct.pack("<4sI", kind, len(data)) + data + b"\x00" * (len(data) % 2)
        for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def nested_frames(depth: int) -> bytes:
    """Return a WebP whose frames hold frames."""
    parts = (struct.pack("<4sI16x", b"ANMF", 24 * (depth - n) - 8) for n in range(depth))
    body = b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def noise(length: int) -> bytes:
    """Return bytes without order, the same each time."""
    return random.Random(7).randbytes(length)


def zip_file() -> bytes:
    """Return an archive with a script in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.html", b"<script>" + SECRET + b"</script>")
    return out.getvalue()


def _sized_jpeg(width: int, height: int, **options: Any) -> bytes:
    """Return a small JPEG whose frame header claims another size."""
    data = encoded(picture(64, 48), **options)
    at = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def other_kinds() -> list[Upload]:
    """Return files that are no photo at all, under names that say they are."""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    contents = {
        "html.jpg": b"<!doctype html><script>alert(1)</script>",
        "svg.png": svg,
        "svg-xml.webp": b'<?xml version="1.0"?>' + svg,
        "eps.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(ls) (r) file\n",
        "pdf.jpg": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF",
        "gif.jpg": encoded(picture(), "GIF"),
        "bmp.png": encoded(picture(), "BMP"),
        "tiff.jpg": encoded(picture(), "TIFF"),
        "ico.png": encoded(picture(64, 64), "ICO"),
        "psd.jpg": b"8BPS\x00\x01" + b"\x00" * 6 + struct.pack(">HIIHH", 3, 10, 10, 8, 3),
        "zip.jpg": zip_file(),
        "exe.jpg": b"MZ\x90\x00" + noise(2000),
        "jp2.jpg": b"\x00\x00\x00\x0cjP  \r\n\x87\n" + noise(2000),
        "heic.jpg": b"\x00\x00\x00\x18ftypheic" + noise(2000),
        "wav.webp": b"RIFF\x24\x00\x00\x00WAVEfmt " + noise(100),
        "gif-script.jpg": b"GIF89a/*" + SCRIPT,
        "one-byte.jpg": b"\xff",
        "text.png": "Ảnh đại hội".encode(),
        "late-jpeg.jpg": b"\n" + encoded(picture()),
    }
    return [Upload(name, data, "wrong_kind") for name, data in contents.items()]


def damaged() -> list[Upload]:
    """Return photos that are cut off, garbled or contradict themselves."""
    jpeg, webp = encoded(picture()), encoded(picture(), "WEBP")
    flat = encoded(picture(), "PNG")
    scan = jpeg[jpeg.index(b"\xff\xda") :]
    frame = jpeg[jpeg.index(b"\xff\xc0") :][:19]
    contents = {
        "jpeg-3.jpg": jpeg[:3],
        "jpeg-20.jpg": jpeg[:20],
        "jpeg-header.jpg": jpeg[: jpeg.index(b"\xff\xda") + 14],
        "jpeg-half.jpg": jpeg[: len(jpeg) // 2],
        "jpeg-noise.jpg": b"\xff\xd8\xff" + noise(50_000),
        "jpeg-no-height.jpg": _sized_jpeg(64, 0),
        "jpeg-two-frames.jpg": jpeg.replace(frame, frame + frame, 1),
        "jpeg-no-components.jpg": jpeg.replace(frame, segment(0xC0, b"\x08\x00\x40\x00\x40\x00")),
        "jpeg-bad-factors.jpg": jpeg.replace(frame, frame[:11] + b"\x00" + frame[12:], 1),
        "jpeg-only-end.jpg": b"\xff\xd8\xff\xd9",
        "jpeg-no-frame.jpg": b"\xff\xd8" + scan,
        "jpeg-empty-segments.jpg": b"\xff\xd8" + b"\xff\xe0\x00\x02" * 100_000,
        "jpeg-many-scans.jpg": jpeg[:-2] + scan[:40] * 20_000 + b"\xff\xd9",
        "png-signature.png": flat[:8],
        "png-header.png": flat[:33],
        "png-half.png": flat[: len(flat) // 2],
        "png-no-width.png": png(0, 10, b""),
        "png-bad-sum.png": flat.replace(flat[29:33], b"\x00\x00\x00\x00"),
        "png-garbled.png": flat.replace(flat[60:70], noise(10)),
        "png-no-palette.png": png(8, 8, b"\x00" * 72, colour=3),
        "png-bad-depth.png": png(8, 8, b"\x00" * 72, depth=7),
        "png-claims-39mp.png": png(7600, 5200, b"\x00" * 100, colour=6),
        "png-many-chunks.png": in_png(png_chunk(b"tEXt", b"a\x00b") * 100_000),
        "png-long-chunk.png": flat[:33] + b"\xff\xff\xff\xffIDAT" + flat[41:],
        "webp-12.webp": webp[:12],
        "webp-25.webp": webp[:25],
        "webp-half.webp": webp[: len(webp) // 2],
        "webp-no-frame.webp": riff((b"VP8X", b"\x02" + b"\x00" * 9), (b"ANIM", b"\x00" * 6)),
        "webp-noise.webp": riff((b"VP8 ", webp[20:30] + noise(5000))),
        "webp-nested.webp": nested_frames(5000),
    }
    return [Upload(name, data, "broken") for name, data in contents.items()]


def too_large() -> list[Upload]:
    """Return photos with more pixels or bytes than are taken."""
    webp = encoded(picture(), "WEBP", lossless=True)
    wide = webp[:21] + struct.pack("<I", 0x3FFF << 14 | 0x3FFF) + webp[25:]
    contents = {
        "bomb.png": png(12_000, 12_000, b"\x00" * (1501 * 12_000), depth=1, colour=0),
        "claims-4gp.png": png(65_535, 65_535, b"\x00"),
        "claims-2g-wide.png": png(2**31 - 1, 1, b"\x00"),
        "claims-4gp.jpg": _sized_jpeg(65_535, 65_535),
        "claims-268mp.webp": wide,
        "progressive-39mp.jpg": _sized_jpeg(7600, 5200, progressive=True, subsampling=0),
        "long.png": png(40_000, 1, b"\x00" * 120_001),
    }
    heavy = encoded(picture()).ljust(10 * MEGABYTE + 1, b"\x00")
    return [
        Upload("empty.jpg", b"", "empty"),
        Upload("heavy.jpg", heavy, "too_large"),
        *(Upload(name, data, "too_many_pixels") for name, data in contents.items()),
    ]


def telling() -> list[Upload]:
    """Return good photos that carry what must not be published."""
    jpeg, gps, app1 = encoded(picture()), gps_exif(), 0xE1
    xmp = b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    icc = b"ICC_PROFILE\x00\x01\x01" + SECRET * 50
    text = png_chunk(b"tEXt", b"Comment\x00" + SECRET)
    itxt = png_chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + SECRET)
    contents = {
        "gps.jpg": in_jpeg(segment(app1, gps)),
        "xmp.jpg": in_jpeg(segment(app1, xmp)),
        "comment.jpg": in_jpeg(segment(0xFE, SECRET)),
        "icc-junk.jpg": in_jpeg(segment(0xE2, icc)),
        "photoshop.jpg": in_jpeg(segment(0xED, b"Photoshop 3.0\x008BIM" + SECRET)),
        "script.jpg": in_jpeg(segment(0xFE, SCRIPT)),
        "zip-polyglot.jpg": jpeg + zip_file(),
        "html-tail.jpg": jpeg + b"<script>" + SECRET + b"</script>",
        "second-picture.jpg": jpeg + in_jpeg(segment(app1, gps)),
        "text.png": in_png(text, itxt, png_chunk(b"eXIf", gps[6:])),
        "private.png": in_png(png_chunk(b"seCr", SECRET)),
        "tail.png": encoded(picture(), "PNG") + SECRET,
        "icc-junk.png": in_png(png_chunk(b"iCCP", b"x\x00\x00" + zlib.compress(SECRET * 9))),
        "all.webp": encoded(picture(), "WEBP", exif=gps, xmp=xmp, icc_profile=icc),
        "tail.webp": encoded(picture(), "WEBP") + SECRET,
    }
    return [Upload(name, data) for name, data in contents.items()]


def costly() -> list[Upload]:
    """Return good photos in a wrapping made to take long or to fill the memory."""
    zeros = zlib.compress(b"\x00" * (200 * MEGABYTE), 9)
    frames = [Image.new("RGB", (64, 64), (n % 256, n // 256, 90)) for n in range(2000)]
    entries = [(0x9000 + n, 7, 60_000, 0) for n in range(5000)]
    contents = {
        "text-bomb.png": in_png(png_chunk(b"zTXt", b"a\x00\x00" + zeros)),
        "itxt-bomb.png": in_png(png_chunk(b"iTXt", b"a\x00\x01\x00\x00\x00" + zeros) * 40),
        "icc-bomb.png": in_png(png_chunk(b"iCCP", b"a\x00\x00" + zeros)),
        "exif-bomb.png": in_png(png_chunk(b"eXIf", exif(*entries, tail=b"\x00" * 8 * MEGABYTE))),
        "exif-bomb.jpg": in_jpeg(segment(0xE1, b"Exif\x00\x00" + exif(*entries)) * 100),
        "frames.png": encoded(frames[0], "PNG", save_all=True, append_images=frames[1:]),
        "frames.webp": encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:400]),
        "40mp.png": png(7700, 5190, b"\x00" * (7700 * 4 + 1) * 5190, colour=6),
        "40mp-16-bit.png": png(7700, 5190, b"\x00" * (7700 * 2 + 1) * 5190, depth=16, colour=0),
        "tall.png": png(1600, 25_000, b"\x00" * (1600 * 3 + 1) * 25_000),
        "narrow-step.png": png(3190, 6370, b"\x00" * (3190 * 4 + 1) * 6370, colour=6),
        "claims-39mp.jpg": _sized_jpeg(7600, 5200),
        "40mp.jpg": encoded(picture(7700, 5190), progressive=True),
        "14mp.webp": encoded(picture(4300, 3250), "WEBP", method=0),
    }
    return [Upload(name, data) for name, data in contents.items()]


def odd() -> list[Upload]:
    """Return good photos of rare kinds, shapes and names."""
    clear = picture(mode="RGBA")
    clear.putalpha(Image.radial_gradient("L").resize(clear.size))
    palette = picture().quantize(8)
    contents = {
        "cmyk.jpg": encoded(picture(mode="CMYK")),
        "grey.jpg": encoded(picture(mode="L")),
        "progressive.jpg": encoded(picture(), progressive=True),
        "16-bit.png": png(64, 64, (b"\x00" + b"\x80\x00" * 64) * 64, depth=16, colour=0),
        "48-bit.png": png(64, 64, (b"\x00" + b"\x80\x00" * 192) * 64, depth=16),
        "one-bit.png": encoded(picture(mode="1"), "PNG"),
        "grey-alpha.png": encoded(clear.convert("LA"), "PNG"),
        "palette.png": encoded(palette, "PNG"),
        "palette-clear.png": encoded(palette, "PNG", transparency=0),
        "palette-alpha.png": encoded(palette, "PNG", transparency=bytes(range(0, 256, 32))),
        "colour-key.png": encoded(picture(), "PNG", transparency=(200, 30, 30)),
        "alpha.webp": encoded(clear, "WEBP"),
        "lossless.webp": encoded(clear, "WEBP", lossless=True),
        "10000x1.png": png(10_000, 1, b"\x00" * 30_001),
        "1x10000.png": png(1, 10_000, b"\x00" * 40_000),
        "1x1.jpg": encoded(picture(1, 1)),
        "1x1.png": encoded(picture(1, 1), "PNG"),
        "really-a-jpeg.png": encoded(picture()),
        "really-a-png.txt": encoded(picture(), "PNG"),
        "no-extension": encoded(picture(), "WEBP"),
        "../../etc/passwd.jpg": encoded(picture()),
        "a\x00b\r\nSet-Cookie: x.jpg": encoded(picture()),
        "a" * 300 + ".jpg": encoded(picture()),
    }
    return [Upload(name, data) for name, data in contents.items()]


@cache
def corpus() -> dict[str, Upload]:
    """Return every file under a name of its own."""
    groups = (other_kinds, damaged, too_large, telling, costly, odd)
    return {f"{group.__name__}:{u.name}": u for group in groups for u in group()}


def measure(folder: str) -> None:
    """Print by how many megabytes the peak of this process grows over the files in `folder`.

    Needs a process of its own; the first file only loads the libraries.
    """
    import django

    django.setup()
    from django.core.exceptions import ValidationError
    from django.core.files.base import ContentFile

    from core.photo_decoding import decode, inspect
    from core.photos import _files, check_photo

    peaks = []
    for path in sorted(Path(folder).iterdir()):
        with contextlib.suppress(ValidationError):
            check_photo(ContentFile(path.read_bytes()))
            image = decode(inspect(path.read_bytes()), (480, 960, 1600))
            list(_files(image, "thu", (480, 960, 1600), "PNG"))
        status = Path("/proc/self/status").read_text("ascii")
        peaks.append(int(status.partition("VmHWM:")[2].split()[0]))
    sys.stdout.write(str((peaks[-1] - peaks[0]) // 1024))
