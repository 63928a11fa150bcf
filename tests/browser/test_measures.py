"""The browser tests' own measures: each fault that they look for is planted and found."""

import pytest

from tests.browser.conftest import MakeVisitor, Visitor
from tests.browser.demo import Demo
from tests.browser.test_public_pages import page_faults

pytestmark = pytest.mark.browser

PLANT = """() => {
  document.documentElement.lang = "de";
  document.cookie = "trace=1";
  document.querySelector("main").insertAdjacentHTML("afterbegin",
    "<h1>Second</h1><input><p id=tight>Ễ Ặ Ử</p><p id=wide>wide</p>");
  document.getElementById("tight").style.lineHeight = 1.1;
  document.getElementById("wide").style.width = "3000px";
}"""


def noted(reader: Visitor, sign: str) -> bool:
    """Whether a fault with `sign` is noted within five seconds; a busy machine takes its time."""
    for _tenth in range(50):
        if sign in "\n".join(reader.watch.faults):
            return True
        reader.page.wait_for_timeout(100)
    return False


def test_faults_of_a_page_are_found(visitor: MakeVisitor, portal: Demo) -> None:
    reader = visitor(portal, 360)
    reader.open("/lien-he/")
    reader.page.evaluate(PLANT)
    found = "\n".join(page_faults(reader.page, "vi"))
    for sign in ("tight", "sideways", "2 headings", "not vi", "cookies", "shift", "axe label"):
        assert sign in found


@pytest.mark.parametrize(
    ("script", "sign"),
    [
        ("console.warn('careful')", "console warning: careful"),
        ("setTimeout(() => missing())", "missing is not defined"),
        ("document.body.append(Object.assign(new Image(), {src: '/anh/none.png'}))", "404: "),
        ("document.body.setAttribute('style', 'color: red')", "CSP style-src"),
        ("fetch('http://foreign.invalid/').catch(() => 0)", "CSP connect-src"),
    ],
)
def test_what_a_page_does_is_noted(
    visitor: MakeVisitor, portal: Demo, script: str, sign: str
) -> None:
    reader = visitor(portal)
    reader.open("/lien-he/")
    assert reader.watch.faults == []
    reader.page.evaluate(f"() => {{ {script} }}")
    assert noted(reader, sign)


def test_request_to_another_host_is_noted(visitor: MakeVisitor, portal: Demo) -> None:
    reader = visitor(portal, bypass_csp=True)
    reader.page.route("http://foreign.invalid/**", lambda route: route.abort())
    reader.open("/lien-he/")
    reader.page.evaluate("fetch('http://foreign.invalid/').catch(() => 0)")
    assert noted(reader, "foreign host: http://foreign.invalid/")
