from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NewsConfig(AppConfig):
    name = "news"
    admin_place = 10
    figures = ["news.overview.figures"]
    tasks = ["news.overview.tasks"]
    verbose_name = _("News")
