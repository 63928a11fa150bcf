"""What only the templates of the news need."""

from collections.abc import Sequence

from django import template

from core.rich_text import plain_text
from core.templatetags.text import snippet
from core.text import find_words
from news.models import Article

register = template.Library()


@register.filter
def article_snippet(article: Article, words: Sequence[str]) -> str:
    """The lines of the article that show best why it was found: the lead if it holds a word."""
    text = plain_text(article.body)
    in_lead, in_text = (any(find_words(part, set(words))) for part in (article.lead, text))
    return snippet(text if in_text and not in_lead else article.lead, words)
