"""Names of branches are read as what they are, however they are written."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branches.names import (
    AreaKind,
    BranchKind,
    BranchName,
    name_key,
    read_branch_name,
    search_words,
)
from core.text import fold

RESIDENTIAL = BranchKind.RESIDENTIAL
THON_1 = BranchName(RESIDENTIAL, AreaKind.THON, "1")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Thôn  1", THON_1),
        ("CĐ thôn 1", THON_1),
        ("Chi đoàn Chi đoàn thôn 1", THON_1),
        ("chi doan thon 1", THON_1),
        ("BCH chi đoàn: thôn 1", THON_1),
        ("C.Đ thôn thôn 1", THON_1),
        ("thôn1", THON_1),
        ("Chi đoàn thôn 1 (xã Hồng Lạc)", THON_1),
        ("Thôn 1 - xã Hồng Lạc", THON_1),
        ("tdp Trung Tâm", BranchName(RESIDENTIAL, AreaKind.TO_DAN_PHO, "Trung Tâm")),
        ("TỔ DÂN PHỐ TRUNG TÂM", BranchName(RESIDENTIAL, AreaKind.TO_DAN_PHO, "Trung Tâm")),
        ("TDP số 4", BranchName(RESIDENTIAL, AreaKind.TO_DAN_PHO, "số 4")),
        ("KP.3", BranchName(RESIDENTIAL, AreaKind.KHU_PHO, "3")),
        ("CĐ THÔN II", BranchName(RESIDENTIAL, AreaKind.THON, "II")),
        ("  thôn  đông ", BranchName(RESIDENTIAL, AreaKind.THON, "Đông")),
        ("Làng Vạc", BranchName(RESIDENTIAL, AreaKind.LANG, "Vạc")),
        ("Bản Mé", BranchName(RESIDENTIAL, AreaKind.BAN, "Mé")),
        ("thôn Bản Mé", BranchName(RESIDENTIAL, AreaKind.THON, "Bản Mé")),
        # Names that only look like kinds of areas or communes.
        ("cđ Lang Chánh", BranchName(RESIDENTIAL, "", "Lang Chánh")),
        ("Thôn Xã Đàn", BranchName(RESIDENTIAL, AreaKind.THON, "Xã Đàn")),
        ("cđ 2", BranchName(RESIDENTIAL, "", "2")),
        ("cđ Yên Phú", BranchName(RESIDENTIAL, "", "Yên Phú")),
        ("Thôn", BranchName(RESIDENTIAL, "", "Thôn")),
        (
            "Chi đoàn Trường THCS Hồng Lạc",
            BranchName(BranchKind.SCHOOL, "", "Trường THCS Hồng Lạc"),
        ),
        ("Công an xã Hồng Lạc", BranchName(BranchKind.POLICE, "", "Công an xã Hồng Lạc")),
        ("CĐ Cơ quan xã", BranchName(BranchKind.AGENCY, "", "Cơ quan xã")),
        ("HTX Đông Hòa", BranchName(BranchKind.ENTERPRISE, "", "HTX Đông Hòa")),
        ("", BranchName(RESIDENTIAL, "", "")),
    ],
)
def test_name_is_read_as_what_it_is(written: str, read: BranchName, form: str) -> None:
    assert read_branch_name(unicodedata.normalize(form, written)) == read  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("thôn số 1", "Thôn 01"),
        ("tdp 4", "Tổ dân phố số 4"),
        ("THÔN ĐOÀI", "thon doai"),
        ("Chi đoàn thôn Đông", "CĐ thôn Dông"),
    ],
)
def test_two_spellings_have_one_key(one: str, other: str) -> None:
    assert read_branch_name(one).key == read_branch_name(other).key


def test_different_branches_have_different_keys() -> None:
    written = ["thôn 1", "thôn 11", "tdp 1", "1", "thôn Đông", "thôn Đồng 1", "làng Đông"]
    keys = {read_branch_name(text).key for text in written}
    assert len(keys) == len(written)


def test_search_understands_short_forms() -> None:
    assert search_words("CĐ tdp số 04") == ["to", "dan", "pho", "4"]
    assert search_words("thôn Đông Hồng Lạc") == ["thon", "dong", "hong", "lac"]
    assert search_words("  ") == []


names = st.text(alphabet="aăâeêioôơuưđbcghklmnắềụĐTHÔNXÃ 0123456789.-(),").map(str.strip)
prefixes = st.sampled_from(["", "Chi đoàn ", "CĐ ", "chi đoàn Chi đoàn ", "BCH Chi đoàn "])
areas = st.sampled_from(["", *AreaKind.labels, "TDP", "Thôn"])


@given(prefixes, areas, names)
def test_reading_what_was_read_changes_nothing(prefix: str, area: str, name: str) -> None:
    read = read_branch_name(f"{prefix}{area} {name}")
    label = f"{AreaKind(read.area_kind).label if read.area_kind else ''} {read.name}"
    again = read_branch_name(f"Chi đoàn {label}")
    assert again.key == read.key
    assert read_branch_name(label).key == read.key


@given(prefixes, areas, names)
def test_spelling_of_signs_and_repeated_prefixes_make_no_difference(
    prefix: str, area: str, name: str
) -> None:
    text = f"{prefix}{area} {name}"
    read = read_branch_name(text)
    assert read_branch_name(unicodedata.normalize("NFD", text)) == read
    assert read_branch_name(f"  {text.replace(' ', '  ')} ") == read
    assert fold(read.name).replace(" ", "") in fold(text).replace(" ", "")


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    read = read_branch_name(text)
    assert read.key == name_key(read.area_kind, read.name)
    assert not read.area_kind or read.kind == RESIDENTIAL
