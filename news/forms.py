"""Forms of the news: the reader's search; the editor's article."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout, Submit
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.rich_text import from_plain_text, sanitize
from core.text import clean_line
from news import queries
from news.models import Article, Category, Photo


class SearchForm(forms.Form):
    """What a reader looks for; any text is allowed."""

    tu_khoa = forms.CharField(
        label=gettext_lazy("Words to look for"), max_length=200, widget=forms.SearchInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # One query for the choices and the check of what was chosen.
        categories = {category.slug: category for category in Category.objects.all()}
        self.fields["chuyen_muc"] = forms.TypedChoiceField(
            label=_("Category"),
            choices=[("", _("All categories")), *((c.slug, c.name) for c in categories.values())],
            coerce=categories.__getitem__,
            empty_value=None,
            required=False,
        )
        self.helper = FormHelper()
        self.helper.form_method = "get"
        self.helper.disable_csrf = True
        self.helper.form_class = "search-form"
        self.helper.attrs = {"role": "search"}
        self.helper.layout = Layout(
            Field("tu_khoa", autocomplete="off", enterkeyhint="search"),
            "chuyen_muc",
            Submit("", _("Search")),
        )

    def clean_tu_khoa(self) -> str:
        """Read NFD input as what it is."""
        return clean_line(self.cleaned_data["tu_khoa"])


class ArticleForm(forms.ModelForm[Article]):
    """An article as an editor saves it.

    `seen_version` is the version that was on the screen: a save over a newer one is refused, with
    the name of who saved it, and what was typed stays.
    """

    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False, label="")

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
            queries.refuse_stale(self.instance.pk, cleaned.get("seen_version"))
        expire_at = cleaned.get("expire_at")
        if "_publish" in self.data and expire_at and expire_at <= timezone.now():
            self.add_error("expire_at", _("This time is over. Please enter a later one, or none."))
        published = self.instance.status == Article.Status.PUBLISHED
        if published and "publish_at" in cleaned and cleaned["publish_at"] is None:
            self.add_error("publish_at", _("A published article needs its publishing time."))
        return cleaned


class PhotoForm(forms.ModelForm[Photo]):
    """A photo of an article, among its others."""

    def clean(self) -> dict[str, Any]:
        """Ask for a file, unless one was refused or an imported photo still waits for its own."""
        cleaned = super().clean() or {}
        waits = self.instance.original_name
        if not cleaned.get("file") and "file" not in self.errors and not waits:
            self.add_error("file", _("Please choose a photo."))
        return cleaned

    def validate_constraints(self) -> None:
        """Leave it to the formset, which sees which photo leads after all have been saved."""


class PhotoFormSet(forms.BaseInlineFormSet[Photo, Article, forms.ModelForm[Photo]]):
    """The photos of an article; the lead may pass from one to another in one go."""

    def clean(self) -> None:
        super().clean()
        for form in self._leading()[1:]:
            form.add_error("is_lead", _("Only one photo can be the lead photo."))

    def save(self, commit: bool = True) -> list[Photo]:
        """Take the lead from the others first: the database refuses two, even for a moment."""
        for form in self._leading():
            for other in self.instance.photos.filter(is_lead=True).exclude(pk=form.instance.pk):
                other.is_lead = False
                other.save(update_fields=["is_lead"])
        saved = super().save(commit)
        self._lead_with_the_first()
        return saved

    def _lead_with_the_first(self) -> None:
        """An article with photos has a lead photo, also if nobody chose one."""
        photos = [photo for photo in self.instance.photos.all() if photo.file]
        if photos and not any(photo.is_lead for photo in photos):
            photos[0].is_lead = True
            photos[0].save(update_fields=["is_lead"])

    def _leading(self) -> list[forms.ModelForm[Photo]]:
        kept = [form for form in self.forms if not form.cleaned_data.get("DELETE")]
        return [form for form in kept if form.cleaned_data.get("is_lead")]
