"""What readers say is wrong, in the back office."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from branches.actions import SettledAlready, settle_report
from branches.models import MistakeReport
from core.admin_lists import QuickList
from core.history import HistoryAdmin
from core.kept import KeptAdmin


class ReportForm(ModelForm[MistakeReport]):
    """What was done about a report."""

    def clean_outcome(self) -> str:
        outcome = str(self.cleaned_data["outcome"])
        if not outcome:
            raise ValidationError(gettext_lazy("Please write what was done."), code="required")
        return outcome


class Waiting(admin.SimpleListFilter):
    """Reports that nobody has settled."""

    title = gettext_lazy("state")
    parameter_name = "trang-thai"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("cho", gettext_lazy("Waiting")), ("xong", gettext_lazy("Settled"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[MistakeReport]
    ) -> QuerySet[MistakeReport]:
        if self.value() == "cho":
            return queryset.filter(settled_at=None)
        return queryset.exclude(settled_at=None) if self.value() == "xong" else queryset


@admin.register(MistakeReport)
class MistakeReportAdmin(QuickList, KeptAdmin, HistoryAdmin):
    """A report is settled by saying what was done; it is neither written nor deleted here."""

    form = ReportForm
    kept_because = gettext_lazy("A report is not deleted. Please settle it by what was done.")
    list_display = ["branch", "sent_at", "text", "settled_at", "settled_by"]
    list_select_related = ["branch__commune", "settled_by"]
    list_filter = [Waiting]
    ordering = [F("settled_at").desc(nulls_first=True), "-sent_at"]
    fields = ["branch", "text", "contact", "sent_at", "outcome", "settled_at", "settled_by"]
    readonly_fields = ["branch", "text", "contact", "sent_at", "settled_at", "settled_by"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        try:
            settle_report(obj, outcome=form.cleaned_data["outcome"], by=request.user)
        except SettledAlready as error:
            text = gettext("%(who)s settled this report first.") % {"who": error.report.settled_by}
            self.message_user(request, text, messages.ERROR)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: MistakeReport | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return bool(allowed) and (obj is None or obj.settled_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: MistakeReport | None = None) -> bool:
        return False
