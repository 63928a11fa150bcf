"""Addresses of the news."""

from django.urls import path

from news import feeds, views

app_name = "news"
urlpatterns = [
    path("tin-tuc/", views.index, name="index"),
    path("tin-tuc/rss.xml", feeds.ArticleFeed(), name="feed"),
    path("tin-tuc/<slug:slug>/", views.article, name="article"),
    path("chuyen-muc/<slug:slug>/", views.category, name="category"),
    path("chuyen-muc/<slug:slug>/rss.xml", feeds.CategoryFeed(), name="category_feed"),
    path("luu-tru/", views.archive, name="archive"),
    path("luu-tru/<int:year>/<int:month>/", views.month, name="month"),
    path("tim-kiem/", views.search, name="search"),
]
