"""How long a reader waits for the search in a large portal: `python -m bench.search`.

Fills the empty database that DATABASE_URL names with made-up articles and prints one line of JSON:
the server's time for the whole page in milliseconds, over all questions and for each of them.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, product
from typing import Any
from urllib.parse import urlencode

import django
from django.apps import apps
from django.core.management import call_command
from django.db import close_old_connections, connection, transaction

from core.text import fold, fold_words, search_key

ROUNDS = 15
BATCH = 500
CATEGORIES = 8
FIRST_DAY = datetime(2009, 1, 1, tzinfo=UTC)
LAST_DAY = datetime(2024, 12, 1, tzinfo=UTC)

# The most frequent first; each stands for as many occurrences as its place in the list says.
WORDS = """
đoàn thanh niên chi của và các viên cho trong với xã là được huyện công có tác hoạt động đã năm
thôn tổ chức bí thư những sinh một hội đồng chí đến người dân phong trào thiếu nhi tình nguyện tại
để về cơ sở làm ngày trên địa bàn khi học tập không từ ra nhiều đó này như bộ cán ban chấp hành
trường giáo dục xây dựng phát triển kinh tế nông thôn mới tham gia thực hiện chương trình kế hoạch
nghị quyết đại biểu nhiệm vụ đảng ủy ông bà anh chị em gia đình trẻ tuổi lớp buổi lễ kỷ niệm quốc
cả nước nhà trồng cây xanh đường sạch đẹp môi bảo vệ rừng suối sông cầu bản làng chợ lúa ngô vườn
chè sen ao cá trâu bò lợn gà nuôi vốn vay ngân hàng hộ nghèo giúp đỡ tặng quà áo ấm mùa đông tết hè
mừng thi văn nghệ thể thao bóng chuyền đá kéo co hát múa đội thắng giải nhất nhì ba khen thưởng giấy
bằng danh hiệu tiêu biểu xuất sắc gương mô hình hay cách sáng tạo số chuyển đổi mạng máy tính điện
thoại trang thông tin tuyên truyền pháp luật an toàn giao rượu bia ma túy phòng chống hiến máu y bác
sĩ khám bệnh thuốc miễn phí cụ già mẹ liệt thương binh nghĩa trang thắp nến tri ân hoa hương truyền
thống lịch sử chiến khu kháng cách mạng bảo tàng cột cờ lá thầy cô bạn bè sách vở thư viện bút cặp
áo trắng mái ấm nhà khăn quàng đỏ trại lửa đêm rằm trung thu đèn ông sao bánh kẹo trống ếch kèn nghi
thức đội trưởng phó ủy thường vụ trực báo cáo kết quả đánh giá nhận xét ưu khuyết điểm bài rút kinh
nghiệm phương hướng giải pháp trọng tâm quý tháng tuần giờ phút sáng chiều tối sớm muộn lâu nhanh
chậm ít đông vắng gần xa cao thấp to nhỏ dài ngắn rộng hẹp sâu nông mưa nắng gió bão lũ lụt hạn hán
sạt lở cứu hộ hỗ trợ ủng quyên góp tiền triệu đồng tỷ nghìn trăm mét kilômét khối tấn tạ cân kênh
mương bê tông xi măng cát đá gạch ngói sân chơi nhà văn hóa loa đài phát thanh tivi truyền hình phim
ảnh triển lãm thi đua giao lưu kết nghĩa hợp đơn vị quân sự công an biên phòng nhập ngũ tuyển quân
lên xuống đi về qua lại vào ngoài giữa sau trước trái phải bên cạnh cùng nhau riêng chung mỗi mọi
tất cả vài đôi cặp nhóm tập thể cá nhân bản thân lòng tin yêu quý mến thương nhớ mong chờ đợi hy
vọng ước mơ hoài bão chí lập nghiệp khởi dự án xưởng mộc may thêu dệt thổ cẩm mây tre đan gốm lò rèn
"""
# Syllables for the long tail: names of people and places, and whatever else is rarer.
ONSETS = "b c ch d đ g gi h k kh l m n ng nh ph q r s t th tr v x"
RHYMES = """an ang anh ao ay ăm ăng âm ân ây át ạch ẻo én êm ền ệt iêm iên iêu inh ít oai oan oăn
óc ối ôm ông ơi ơn ợp ua ú uân ung uôi uông út ưng ược ươm ươn ượt ưu"""

# Planted in so many articles, in the text or in the title alone; no other text holds the words.
PHRASE = "chi đoàn bản nghiến giữ rừng"
IN_TEXTS = {"khướu": 3, "nghiến": 12, "hoẵng": 40, "thuẫn": 200, PHRASE: 1}
IN_TITLES = {"quỳnh": 25}

# What is looked for, rare and frequent, alone and together, with a category and in vain.
QUESTIONS: list[dict[str, str]] = [
    *({"tu_khoa": text} for text in ("khướu", "nghiến", "hoẵng", "thuẫn")),
    *({"tu_khoa": text} for text in ("quỳnh", "Quynh thanh niên")),
    *({"tu_khoa": text} for text in ("zyxwv", "đoàn zyxwv", "không có từ này ởđâycả")),
    *({"tu_khoa": text} for text in ("lò rèn", "thổ cẩm", "gốm", "mây tre đan", "khởi nghiệp")),
    *({"tu_khoa": text} for text in ("hiến máu", "biên phòng", "đèn ông sao", "bánh kẹo")),
    *({"tu_khoa": text} for text in ("đoàn", "chi đoàn", "thanh niên", "và", "của")),
    *({"tu_khoa": text} for text in ("bí thư chi đoàn", "phong trào thanh niên tình nguyện")),
    *({"tu_khoa": text} for text in ("đại hội đoàn xã 2011", "2009", "hội trại thanh niên 2023")),
    *({"tu_khoa": text} for text in ("bí thư chi đoàn khướu", PHRASE, "thanh niên nuôi hoẵng")),
    {"tu_khoa": "thanh niên", "chuyen_muc": "chuyen-muc-3"},
    {"tu_khoa": "khởi nghiệp", "chuyen_muc": "chuyen-muc-8"},
    {"tu_khoa": "nghiến", "chuyen_muc": "chuyen-muc-1"},
]


@dataclass(frozen=True)
class Text:
    """A piece of text as it is written and as it is kept for the search."""

    written: str
    folded: str


class Writer:
    """Writes articles whose words are as unequally frequent as those of a real text."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)  # noqa: S311 — the same articles each time.
        planted = {fold(word) for word in [*IN_TEXTS, *IN_TITLES]}
        tail = ["".join(pair) for pair in product(ONSETS.split(), RHYMES.split())]
        self._random.shuffle(tail)
        kept = dict.fromkeys(word for word in [*WORDS.split(), *tail] if fold(word) not in planted)
        self._words = list(kept)
        self._folded = [fold(word) for word in kept]
        self._places = range(len(kept))
        self._weights = list(accumulate(1 / (place + 3) for place in self._places))

    def text(self, length: int) -> Text:
        """So many words."""
        drawn = self._random.choices(self._places, cum_weights=self._weights, k=length)
        return Text(
            " ".join([self._words[place] for place in drawn]),
            " ".join([self._folded[place] for place in drawn]),
        )

    def length(self, least: int, most: int) -> int:
        """A number between two."""
        return self._random.randint(least, most)

    def moment(self) -> datetime:
        """When an article appeared."""
        return FIRST_DAY + (LAST_DAY - FIRST_DAY) * self._random.random()

    def planting(self, words: dict[str, int], articles: int) -> dict[int, list[str]]:
        """Which articles hold planted words, and which."""
        found: dict[int, list[str]] = {}
        for word, times in words.items():
            for number in self._random.sample(range(articles), min(times, articles)):
                found.setdefault(number, []).append(word)
        return found


def fill(number: int) -> None:
    """Write the articles straight into the tables, with their search keys and addresses."""
    from news.models import Address, Article, Category  # noqa: PLC0415 — after django.setup().

    categories = Category.objects.bulk_create(
        Category(name=f"Chuyên mục {n}", slug=f"chuyen-muc-{n}", position=n)
        for n in range(1, CATEGORIES + 1)
    )
    writer = Writer()
    in_texts, in_titles = (writer.planting(each, number) for each in (IN_TEXTS, IN_TITLES))
    for start in range(0, number, BATCH):
        rows = [
            _article(writer, n, in_texts.get(n, []), in_titles.get(n, []))
            for n in range(start, min(start + BATCH, number))
        ]
        with transaction.atomic():
            made = Article.objects.bulk_create(
                Article(category=categories[n % CATEGORIES], **row)
                for n, row in enumerate(rows, start)
            )
            Address.objects.bulk_create(Address(slug=a.slug, article_id=a.pk) for a in made)


def _article(
    writer: Writer, number: int, in_text: list[str], in_title: list[str]
) -> dict[str, Any]:
    """The values of one row, as `Article.save` would have made them."""
    moment = writer.moment()
    title = " ".join([writer.text(writer.length(7, 12)).written, *in_title])
    lead = writer.text(writer.length(20, 40))
    parts = [writer.text(writer.length(40, 90)) for _ in range(writer.length(3, 5))]
    last = " ".join([f"năm {moment.year}", *in_text])
    folded = " ".join([lead.folded, *(part.folded for part in parts), *fold_words(last)])
    return {
        "title": title,
        "slug": f"tin-{number}",
        "lead": lead.written,
        "body": "".join(f"<p>{text}</p>" for text in [*(part.written for part in parts), last]),
        "status": "published",
        "status_at": moment,
        "publish_at": moment,
        "search_title": search_key(title),
        "search_text": f" {folded} ",
    }


def measure() -> dict[str, list[float]]:
    """Milliseconds for each question, asked in turn; the first round only warms."""
    from django.test import Client  # noqa: PLC0415

    client = Client()
    taken: dict[str, list[float]] = {}
    for round_number in range(ROUNDS + 1):
        for question in QUESTIONS:
            url = "/tim-kiem/?" + urlencode(question)
            start = time.perf_counter()
            # What a server does before each request; on SQLite it opens the file anew.
            close_old_connections()
            answer = client.get(url)
            passed = (time.perf_counter() - start) * 1000
            if answer.status_code != 200:
                raise SystemExit(f"{url} answered {answer.status_code}")
            if round_number:
                taken.setdefault(" in ".join(question.values()), []).append(passed)
    return taken


def report(articles: int, taken: dict[str, list[float]]) -> dict[str, Any]:
    """The figures: over everything asked, and the median of each question."""
    everything = statistics.quantiles([ms for times in taken.values() for ms in times], n=100)
    return {
        "articles": articles,
        "p50_ms": round(everything[49], 1),
        "p95_ms": round(everything[94], 1),
        "queries": {text: round(statistics.median(times), 1) for text, times in taken.items()},
    }


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    number = parser.parse_args().articles
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doanhuyen.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from news import word_index  # noqa: PLC0415
    from news.models import Article  # noqa: PLC0415

    if Article.objects.exists():
        sys.exit("The database holds articles; the measurement needs an empty one.")
    start = time.perf_counter()
    # An index that is built over all at once takes a fraction of the time.
    with connection.schema_editor() as editor:
        word_index.drop(apps, editor)
    fill(number)
    with connection.schema_editor() as editor:
        word_index.create(apps, editor)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    print(f"filled in {time.perf_counter() - start:.0f} s", file=sys.stderr)
    print(json.dumps(report(number, measure()), ensure_ascii=False))


if __name__ == "__main__":
    main()
