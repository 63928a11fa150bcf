"""Captured pages for tests: the two real kinds on the disk, and pages rendered from their parts."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from portal.old_portal import Capture, CapturedPhoto

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "portal" / "demo" / "capture" / "bai-viet-mau.txt"
# The office's own page lies beside the repository and is never copied into it.
REAL = ROOT.parent / "shared" / "data" / "bai-viet-2020-11-08.txt"

VISITORS = "Truy cập\n\nHôm nay:\n43\nHôm qua:\n26\nTất cả:\n237363\n\n"
VISITORS_IN_LINES = "TRUY CẬP\nHôm nay: 43\nTuần này : 1.069\nTất cả:237.363\n"
NO_VISITORS = ""


def real_capture() -> Path:
    """The office's page; where it must be and is not, the test fails, elsewhere it is skipped."""
    if not REAL.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{REAL} is missing")
        pytest.skip(f"{REAL} is not on this machine")
    return REAL


@dataclass(frozen=True)
class Style:
    """How a page was captured."""

    visitors: str = VISITORS
    empty_lines: bool = True
    zone: str = " (GMT+7)"


def page(
    title: str = "Ra quân dọn đường làng",
    time: str = "10:01:36 08/11/2020 (GMT+7)",
    body: Sequence[str] = ("Phần mở đầu.", "Đoạn hai.", "Đoạn ba."),
    photos: str = "",
) -> str:
    """A page in the usual style, with any part replaced."""
    return f"{VISITORS}{title}\n\nĐăng lúc: {time}\n\n" + "\n\n".join(body) + f"\n\n{photos}"


def rendered(capture: Capture, places: Sequence[int], style: Style) -> str:
    """The page that a capture was taken from; `places`: after which paragraph each photo stands."""
    gap = "\n\n" if style.empty_lines else "\n"
    texts = [capture.lead, *capture.paragraphs]
    blocks = []
    for number, text in enumerate(texts):
        blocks.append(text)
        blocks += [
            _photo(photo)
            for photo, place in zip(capture.photos, places, strict=True)
            if min(place, len(texts) - 1) == number
        ]
    head = f"{style.visitors}{capture.title}{gap}{_posted(capture.posted_at, style)}{gap}"
    return head + gap.join(blocks)


def _posted(moment: datetime, style: Style) -> str:
    return f"Đăng lúc: {moment:%H:%M:%S %d/%m/%Y}{style.zone}"


def _photo(photo: CapturedPhoto) -> str:
    return f"{photo.name}\n({photo.caption})" if photo.caption else photo.name
