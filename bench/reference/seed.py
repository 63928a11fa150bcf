"""Make the tables of the references and fill them: `python -m bench.reference.seed`.

The tables stand beside the portal's in the same database. The article that is measured has as many
photos and neighbours as the options say, and its body as many bytes; without options, the tables
stay empty.
"""

import argparse
import os
from datetime import timedelta

import django

CATEGORIES = 5
ARTICLES = 20
SENTENCE = "Tối hôm ấy, hai anh xóa đi vẽ lại đến lần thứ năm mới chốt được phương án ghép. "
LEAD = "Sau gần bốn tháng rà soát, sáu xã đã sắp xếp xong các chi đoàn. " * 3


def text(size: int) -> str:
    """Paragraphs of about so many bytes."""
    paragraph = f"<p>{(SENTENCE * 6).strip()}</p>\n"
    return paragraph * max(1, round(size / len(paragraph.encode())))


def fill(photos: int, related: int, pictured: int, size: int) -> None:
    """Write the rows: the article `measured` with `related` others beside it, some with a photo."""
    from django.utils import timezone  # noqa: PLC0415 — after django.setup().

    from bench.reference.models import Article, Category, Photo, Site  # noqa: PLC0415

    Site.objects.create(
        name="Huyện đoàn Hồng Sơn",
        organisation="ĐOÀN TNCS HỒ CHÍ MINH",
        address="Số 1 đường Trung Tâm, thị trấn Hồng Sơn",
        phone="0200 000 000",
        email="huyendoan@hongson.example",
    )
    categories = [
        Category.objects.create(name=f"Xây dựng tổ chức Đoàn {n}", slug=f"category-{n}", position=n)
        for n in range(CATEGORIES)
    ]
    for number in range(ARTICLES):
        near = number <= related
        article = Article.objects.create(
            category=categories[0 if near else 1 + number % (CATEGORIES - 1)],
            title=f"Sáu xã sắp xếp lại chi đoàn: bớt 18 đầu mối, không để sót đoàn viên {number}",
            slug=f"article-{number}" if number else "measured",
            lead=LEAD.strip(),
            body=text(size),
            author="Thu Hà",
            publish_at=timezone.now() - timedelta(days=number + 1),
        )
        rows = [
            Photo(
                article=article,
                name=f"{number:013}{position:013}",
                width=1600,
                height=1000,
                caption="Cán bộ xem lại phương án ghép chi đoàn trên bản đồ các thôn.",
                position=position,
            )
            for position in range(photos if number == 0 else int(number <= pictured))
        ]
        if rows:
            article.lead_photo = Photo.objects.bulk_create(rows)[0]
            article.save()


def main() -> None:
    """Make the tables, then fill them."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--photos", "--related", "--pictured", "--size"):
        parser.add_argument(option, type=int, default=0)
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.reference.settings"
    django.setup()
    from django.db import connection  # noqa: PLC0415

    from bench.reference.models import MODELS  # noqa: PLC0415

    with connection.schema_editor() as editor:
        for model in MODELS:
            editor.create_model(model)
    if options.size:
        fill(options.photos, options.related, options.pictured, options.size)


if __name__ == "__main__":
    main()
