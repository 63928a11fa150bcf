"""How offices of each kind are called; the words are data, nothing in the code depends on them."""

from dataclasses import dataclass

from branches.models import Office


@dataclass(frozen=True)
class Preset:
    """Names of one kind of office; `{place}` and `{province}` stand for the given ones."""

    level: Office.Level
    full_name: str
    short_name: str
    province: str
    parent_body: str
    signature_lines: str
    organisation: str = "ĐOÀN TNCS HỒ CHÍ MINH"


PRESETS: dict[str, Preset] = {
    # Before district-level offices were abolished on 2025-07-01.
    "district-2020": Preset(
        level=Office.Level.DISTRICT,
        full_name="Huyện đoàn {place}",
        short_name="Huyện đoàn",
        province="Tỉnh {province}",
        parent_body="Tỉnh đoàn {province}",
        signature_lines="TM. BAN THƯỜNG VỤ HUYỆN ĐOÀN\nBÍ THƯ",
    ),
    "commune-2025": Preset(
        level=Office.Level.COMMUNE,
        full_name="Đoàn xã {place}",
        short_name="Đoàn xã",
        province="Tỉnh {province}",
        parent_body="Tỉnh đoàn {province}",
        signature_lines="TM. BAN THƯỜNG VỤ ĐOÀN XÃ\nBÍ THƯ",
    ),
    "province-2025": Preset(
        level=Office.Level.PROVINCE,
        full_name="Tỉnh đoàn {place}",
        short_name="Tỉnh đoàn",
        province="Tỉnh {place}",
        parent_body="Trung ương Đoàn TNCS Hồ Chí Minh",
        signature_lines="TM. BAN THƯỜNG VỤ TỈNH ĐOÀN\nBÍ THƯ",
    ),
}
