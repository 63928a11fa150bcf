"""The back office of the news; every step calls the same actions as the rest of the portal."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_prose_editor.widgets import AdminProseEditorWidget
from js_asset.media import Media

from core.csp import get_nonce
from core.dates import exact_time
from core.folded import FoldedSearch
from core.history import HistoryAdmin
from core.kept import KeptAdmin
from core.rich_text import EDITOR_EXTENSIONS
from news import access, actions, queries
from news.access import PUBLISH
from news.forms import ArticleForm, PhotoForm, PhotoFormSet
from news.models import Article, ArticleQuerySet, Category, Photo

Step = Callable[..., Article]

# Button of the form → the step it takes and the permission it needs besides changing.
STEPS: dict[str, tuple[Step, str | None]] = {
    "_submit": (actions.submit_article, None),
    "_return": (actions.return_article, None),
    "_publish": (actions.publish_article, PUBLISH),
    "_withdraw": (actions.withdraw_article, PUBLISH),
}


@admin.register(Category)
class CategoryAdmin(FoldedSearch, KeptAdmin, HistoryAdmin):
    kept_because = gettext_lazy(
        "Articles stand in this category. Please move them to another one before deleting it."
    )
    list_display = ["name", "slug", "position"]
    search_fields = ["folded_name"]
    search_help_text = gettext_lazy("Name, with or without diacritics")

    def has_delete_permission(self, request: HttpRequest, obj: Category | None = None) -> bool:
        """A category goes once no article stands in it."""
        allowed = super().has_delete_permission(request, obj)
        return bool(allowed) and (obj is None or not obj.articles.exists())

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found = super().get_actions(request)
        found.pop("delete_selected", None)
        return found  # type: ignore[no-any-return]


class ForReaders(admin.SimpleListFilter):
    """What readers see, as the entry page counts it."""

    title = gettext_lazy("shown to readers")
    parameter_name = "ban-doc"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("thang-nay", gettext_lazy("Appeared this month"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        if self.value() != "thang-nay":
            return queryset
        return cast("ArticleQuerySet", queryset).published_this_month(timezone.localdate())


class PhotoInline(admin.StackedInline[Photo, Article]):
    model = Photo
    form = PhotoForm
    formset = PhotoFormSet
    extra = 1
    fields = ["preview", "file", "caption", "alt", "is_lead", "position", "original_name"]
    readonly_fields = ["preview", "original_name"]

    @admin.display(description=gettext_lazy("preview"))
    def preview(self, photo: Photo) -> str:
        """The photo itself, small."""
        if not photo.file.is_stored:
            return _("No photo yet")
        return format_html(
            '<img src="{}" alt="{}" width="192">', photo.file.small_url, photo.description
        )


@admin.register(Article)
class ArticleAdmin(FoldedSearch, HistoryAdmin):
    form = ArticleForm
    inlines = [PhotoInline]
    list_display = ["title", "category", "short_state", "publish_at", "featured"]
    list_filter = ["status", ForReaders, "category", "featured"]
    list_select_related = ["category"]
    list_per_page = 50
    date_hierarchy = "publish_at"
    search_fields = folded_fields = ["search_title"]
    search_help_text = gettext_lazy("Title, with or without diacritics")
    actions = ["publish_selected", "withdraw_selected"]
    save_on_top = True
    change_form_template = "news/admin/change_form.html"
    object_history_template = "news/admin/history.html"
    object_history_form_template = "news/admin/restore.html"
    readonly_fields = ["state"]
    fieldsets = [
        (None, {"fields": ["seen_version", "state", "title", "category", "lead", "body"]}),
        (
            gettext_lazy("Signature and time"),
            {"fields": [("author", "source"), ("publish_at", "expire_at"), "featured"]},
        ),
    ]

    # Lists

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        return super().get_queryset(request).defer("search_text")  # type: ignore[no-any-return]

    @admin.display(description=gettext_lazy("state"), ordering="status")
    def short_state(self, article: Article) -> str:
        """The state in words."""
        return capfirst(article.state_in_words)

    @admin.display(description=gettext_lazy("state"))
    def state(self, article: Article) -> str:
        """The state in words, with who set it and when."""
        if not article.pk:
            return _("New, not saved yet")
        if article.status_at is None:
            return capfirst(article.state_in_words)
        return _("%(state)s (set at %(when)s by %(who)s)") % {
            "state": capfirst(article.state_in_words),
            "when": exact_time(article.status_at),
            "who": article.status_by or _("a command of the server"),
        }

    # The form and its steps

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "body":
            kwargs["widget"] = AdminProseEditorWidget(
                config={"extensions": EDITOR_EXTENSIONS}, preset="configurable"
            )
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, AdminSplitDateTime):
            # One label stands before two inputs; each needs a name of its own.
            for part, name in zip(field.widget.widgets, (_("date"), _("time")), strict=True):
                part.attrs["aria-label"] = f"{capfirst(field.label)}: {name}"
        return field

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Let the editor's import map pass the content security policy."""
        media = context["media"]
        if isinstance(media, Media):
            context["media"] = media.with_nonce(str(get_nonce(request)))
        article = kwargs.get("obj")
        reachable = actions.TRANSITIONS[article.status if article else Article.Status.DRAFT]
        context["steps"] = {status.value for status in reachable}
        context["may_publish"] = request.user.has_perm(PUBLISH)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[no-any-return]

    def save_model(
        self, request: HttpRequest, obj: Article, form: ModelForm[Article], change: bool
    ) -> None:
        """Refuse what the person may not do before anything is written."""
        if change and not access.may_change(request.user, obj):
            raise PermissionDenied
        step = next((STEPS[name] for name in STEPS if name in request.POST), None)
        if step and step[1] and not request.user.has_perm(step[1]):
            raise PermissionDenied
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Article, *args: Any) -> HttpResponse:
        return self._take_step(request, obj) or super().response_add(request, obj, *args)

    def response_change(self, request: HttpRequest, obj: Article) -> HttpResponse:
        return self._take_step(request, obj) or super().response_change(request, obj)

    def _take_step(self, request: HttpRequest, article: Article) -> HttpResponse | None:
        """Take the step whose button was pressed; refused, it takes the form's changes back too."""
        name = next((name for name in STEPS if name in request.POST), None)
        if name is None:
            return None
        try:
            stored = STEPS[name][0](article, by=_person(request))
        except ValidationError as error:
            transaction.set_rollback(True)
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            return HttpResponseRedirect(request.path)
        state = stored.state_in_words
        text = _("“%(title)s” is %(state)s now.") % {"title": stored.title, "state": state}
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:news_article_change", args=[article.pk]))

    def has_change_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        if obj is None or access.may_change(request.user, obj):
            return bool(allowed)
        # Published while the person was typing: the form says so and keeps what was typed, where
        # a bare 403 would lose it. It saves nothing over a version that was not on the screen.
        sent = request.method == "POST" and "seen_version" in request.POST
        return bool(allowed and sent and request.POST["seen_version"] != str(obj.version))

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        """What was ever published is withdrawn, not destroyed; a draft may go."""
        allowed = super().has_delete_permission(request, obj)
        if obj is None or not allowed:
            return bool(allowed)
        return not Article.history.filter(id=obj.pk, status=Article.Status.PUBLISHED).exists()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found = super().get_actions(request)
        found.pop("delete_selected", None)
        return found  # type: ignore[no-any-return]

    @admin.action(description=gettext_lazy("Publish the chosen articles"), permissions=["publish"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._take_step_for_all(request, queryset, actions.publish_article)

    @admin.action(description=gettext_lazy("Withdraw the chosen articles"), permissions=["publish"])
    def withdraw_selected(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._take_step_for_all(request, queryset, actions.withdraw_article)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PUBLISH)

    def _take_step_for_all(
        self, request: HttpRequest, articles: QuerySet[Article], step: Step
    ) -> None:
        """Take a step for each article; those that cannot take it are named, the rest go on."""
        done = 0
        for article in articles:
            try:
                step(article, by=_person(request))
                done += 1
            except ValidationError as error:
                self.message_user(request, " ".join(error.messages), messages.WARNING)
        if done:
            text = ngettext("%(n)d article was changed.", "%(n)d articles were changed.", done)
            self.message_user(request, text % {"n": done}, messages.SUCCESS)

    # History

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every version, and those of the photos; POST puts one that was removed back."""
        article = Article.objects.filter(pk=_number(object_id)).first()
        if article is None:
            return super().history_view(request, object_id, extra_context)  # type: ignore[no-any-return]
        may_restore = self.has_change_permission(request) and access.may_change(
            request.user, article
        )
        if request.method == "POST":
            if not may_restore:
                raise PermissionDenied
            with suppress(ObjectDoesNotExist):
                number = _number(request.POST.get("photo", ""))
                actions.restore_photo(article, number, by=_person(request))
                self.message_user(request, _("The photo was put back."), messages.SUCCESS)
            return HttpResponseRedirect(request.path)
        context = {
            "photo_changes": queries.photo_changes(article),
            "removed_photos": queries.removed_photos(article),
            "may_restore": may_restore,
        }
        return super().history_view(request, object_id, {**context, **(extra_context or {})})  # type: ignore[no-any-return]

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show an earlier version beside the present one; POST brings its words back."""
        article = get_object_or_404(Article, pk=_number(object_id))
        version = get_object_or_404(Article.history, history_id=_number(version_id), id=article.pk)
        if not self.has_view_or_change_permission(request, article):
            raise PermissionDenied
        may_restore = self.has_change_permission(request) and access.may_change(
            request.user, article
        )
        if request.method == "POST":
            if not may_restore:
                raise PermissionDenied
            return self._restore(request, article, version)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Earlier version of “%(title)s”") % {"title": article.title},
            "opts": self.model._meta,
            "original": article,
            "version": version,
            "differences": queries.differences(version, article),
            "may_restore": may_restore,
        }
        return TemplateResponse(request, self.object_history_form_template, context)

    def _restore(self, request: HttpRequest, article: Article, version: Any) -> HttpResponse:
        try:
            seen = request.POST.get("seen_version", "")
            actions.restore_article(
                article,
                version.history_id,
                by=_person(request),
                seen=int(seen) if seen.isascii() and seen.isdecimal() else None,
            )
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            return HttpResponseRedirect(request.path)
        self.message_user(request, _("The earlier version was restored."), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:news_article_change", args=[article.pk]))


def _number(part: str) -> int:
    """Return the number that a part of an address must be; Http404 if it is none."""
    if not re.fullmatch("[0-9]{1,18}", part):
        raise Http404
    return int(part)


def _person(request: HttpRequest) -> AbstractBaseUser:
    """The person signed in; the admin lets nobody else in."""
    return cast("AbstractBaseUser", request.user)
