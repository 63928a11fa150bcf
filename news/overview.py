"""What the signed-in entry pages show of the news."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.overview import Figure, Task
from news.access import PUBLISH
from news.models import Article

LIST = "admin:news_article_changelist"


def figures(*, user: Any, today: date) -> list[Figure]:
    """How many articles were published in this month, for whoever sees the records."""
    if not user.has_perm("news.view_article"):
        return []
    month = Article.objects.published().filter(
        publish_at__date__gte=today.replace(day=1), publish_at__date__lte=today
    )
    return [Figure(_("Articles this month"), month.count(), reverse(LIST))]


def tasks(*, user: Any, today: date) -> list[Task]:
    """Articles that wait for somebody who may publish them."""
    if not user.has_perm(PUBLISH):
        return []
    waiting = Article.objects.filter(status=Article.Status.IN_REVIEW).count()
    if not waiting:
        return []
    text = ngettext("%(n)d article waits for review.", "%(n)d articles wait for review.", waiting)
    address = f"{reverse(LIST)}?status__exact={Article.Status.IN_REVIEW}"
    return [Task(text % {"n": waiting}, address)]
