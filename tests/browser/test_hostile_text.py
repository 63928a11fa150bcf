"""What somebody with an account might plant in an article runs in nobody's browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakeVisitor
from tests.browser.demo import Demo
from tests.browser.words import field
from tests.browser.writing import prose, public_path, publish_text

pytestmark = pytest.mark.browser

HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt/src=data:,alert(2)></ScRiPt>",
    "<img src=x onerror=alert(3)>",
    "<svg onload=alert(4)><animate onbegin=alert(4) attributeName=x dur=1s>",
    '<a href="javascript:alert(5)">bấm</a>',
    '<a href="jav&#x0A;ascript:alert(6)">bấm</a>',
    '<a href="data:text/html,<script>alert(7)</script>">bấm</a>',
    "<iframe srcdoc='<script>parent.alert(8)</script>'></iframe>",
    "<body onload=alert(9)>",
    "<details open ontoggle=alert(10)>x</details>",
    "<video><source onerror=alert(11)></video>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 "
    "onerror=alert(12)&gt;'>--></style></table></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(13)>'></p></noscript>",
    "<style>@import 'javascript:alert(14)'; body { background: url(//evil.example/) }</style>",
    "<p style='background:url(javascript:alert(15))' onmouseover=alert(15)>x</p>",
    "<form action=javascript:alert(16)><button>x</button></form>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(17)'>",
    "<link rel=stylesheet href=//evil.example/a.css>",
    "<base href=//evil.example/>",
    "<object data=javascript:alert(20)></object><embed src=javascript:alert(20)>",
    "<input autofocus onfocus=alert(21)>",
    "&lt;script&gt;alert(22)&lt;/script&gt;",
    "<template><script>alert(23)</script></template>",
    "{{ constructor.constructor('alert(24)')() }}",
    "</div></article><script>alert(25)</script>",
]


def test_hostile_article_does_nothing(visitor: MakeVisitor, workshop: Demo) -> None:
    writer = visitor(workshop, java_script_enabled=False)
    writer.sign_in()
    title = "\"'><script>alert(0)</script> Bản tin ác ý </title>"
    body = "".join(f"<p>Đoạn {number} {text}</p>" for number, text in enumerate(HOSTILE))
    form = publish_text(writer, title, f"{body}<p>Hết bài.</p>")
    path = public_path(writer)

    reader = visitor(workshop)
    reader.open(path)
    expect(reader.page.get_by_role("heading", level=1)).to_have_text(title)
    expect(reader.page.get_by_text("Hết bài.")).to_be_visible()
    for link in reader.page.get_by_role("link", name="bấm").all():
        link.click()
    reader.open("/tim-kiem/?tu_khoa=ac+y")
    expect(reader.page.get_by_role("main")).to_contain_text(title)
    assert reader.watch.dialogs == []
    assert reader.watch.faults == []

    colleague = visitor(workshop)
    colleague.sign_in()
    colleague.open(form)
    expect(field(colleague.page, "title")).to_have_value(title)
    expect(prose(colleague.page)).to_contain_text("Hết bài.")
    assert colleague.watch.dialogs == []
    assert colleague.watch.faults == []
