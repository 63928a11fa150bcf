"""Forms of the news: the reader's search; the editor's article."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dates import exact_time
from core.rich_text import from_plain_text, sanitize
from core.text import clean_line
from news.models import Article, Category


class SearchForm(forms.Form):
    """What a reader looks for; any text is allowed."""

    tu_khoa = forms.CharField(label=gettext_lazy("Words to look for"), max_length=200, strip=True)
    chuyen_muc = forms.ModelChoiceField(
        Category.objects.all(),
        label=gettext_lazy("Category"),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("All categories"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_method = "get"
        self.helper.disable_csrf = True
        self.helper.form_class = "search-form"
        self.helper.attrs = {"role": "search"}
        self.helper.layout = Layout(
            Field("tu_khoa", type="search", autocomplete="off", enterkeyhint="search"),
            "chuyen_muc",
            Submit("", _("Search")),
        )

    def clean_tu_khoa(self) -> str:
        """Read NFD input as what it is."""
        return clean_line(self.cleaned_data["tu_khoa"])


class ArticleForm(forms.ModelForm):
    """An article as an editor saves it.

    `seen_version` is the version that was on the screen: a save over a newer one is refused, with
    the name of who saved it, and what was typed stays.
    """

    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Article
        fields = [
            "category",
            "title",
            "lead",
            "body",
            "author",
            "source",
            "featured",
            "publish_at",
            "expire_at",
        ]
        widgets = {"lead": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen_version"] = self.instance.version

    def clean_body(self) -> str:
        """Take plain text, typed where the editor cannot run, as paragraphs."""
        return sanitize(from_plain_text(self.cleaned_data["body"]))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.instance.pk:
            self._refuse_stale(cleaned.get("seen_version"))
        return cleaned

    def _refuse_stale(self, seen: int | None) -> None:
        """Compare with the stored version under a lock that the admin's transaction keeps."""
        stored = Article.objects.select_for_update().only("version").get(pk=self.instance.pk)
        if seen == stored.version:
            return
        last = Article.history.filter(id=self.instance.pk).select_related("history_user").first()
        raise ValidationError(
            _(
                "Meanwhile %(who)s saved this article at %(when)s. Nothing of yours was saved. "
                "Please open the article in a second window, compare, and enter your change there."
            ),
            code="stale",
            params={
                "who": (last and last.history_user) or _("somebody else"),
                "when": exact_time(last.history_date) if last else "?",
            },
        )
