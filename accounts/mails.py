"""Mail that leaves beside the answer to a request.

Whoever asks for a link neither waits for the mail server nor learns by the time, or by its fault,
whether there was anything to send.
"""

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor

from django.core.mail import EmailMessage

PAUSE_S = 0.2
logger = logging.getLogger(__name__)
# One after the other; Python waits for the last ones before it ends.
POSTMAN = ThreadPoolExecutor(1, thread_name_prefix="mail")


def send_later(message: EmailMessage) -> None:
    """Hand a mail to the mail server soon; a fault goes to the log."""
    POSTMAN.submit(_send, message).add_done_callback(_tell)


def _send(message: EmailMessage) -> int:
    # Not at once: that would slow the very answer beside which it leaves.
    time.sleep(PAUSE_S)
    return message.send()


def _tell(sent: "Future[int]") -> None:
    if fault := sent.exception():
        logger.error("A mail could not be sent.", exc_info=fault)
