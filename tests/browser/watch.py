"""What a page must not do, noted while it is visited."""

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request, Response

PROBE = """
window.layoutShift = 0;
addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.layoutShift += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""


class Watch:
    """Listens to all pages of a context; `faults` has a line for each thing that went wrong.

    The status of the page itself is the test's to judge; of everything it loads, 400 and more
    is a fault. A reply to a form may be bad on purpose, too, and is a page itself.
    """

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.host = urlsplit(address).netloc
        self.faults: list[str] = []
        self.requests: list[str] = []
        self.dialogs: list[str] = []
        context.add_init_script(PROBE)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)
        context.on("dialog", self._dialog)

    def _console(self, message: ConsoleMessage) -> None:
        # That a file could not be loaded is noted from the response, with its address.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.faults.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        self.requests.append(address.path)
        if address.scheme not in ("data", "blob") and address.netloc != self.host:
            self.faults.append(f"foreign host: {request.url}")
        if address.path == "/csp-bao-cao/":
            self.faults.append(f"CSP report: {request.post_data}")

    def _failed(self, request: Request) -> None:
        # Leaving a page ends what it was still loading; that is the browser's wish.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"failed: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.faults.append(f"{response.status}: {response.url}")

    def _dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()
