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
# The filter of the list that shows the articles of the figure.
THIS_MONTH = "ban-doc=thang-nay"


def figures(*, user: Any, today: date) -> list[Figure]:
    """How many articles were published in this month, for whoever sees the records."""
    if not user.has_perm("news.view_article"):
        return []
    number = Article.objects.published_this_month(today).count()
    return [Figure(_("Articles this month"), number, f"{reverse(LIST)}?{THIS_MONTH}")]


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
