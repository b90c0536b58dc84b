"""Classes of Django's that are generic to the type checker, and to it alone."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import sitemaps
from django.db import models

if TYPE_CHECKING:
    CharField = models.CharField[str, str]
    ModelChoiceField = forms.ModelChoiceField[Any]
    ModelForm = forms.ModelForm[Any]
    Sitemap = sitemaps.Sitemap[Any]
else:
    CharField = models.CharField
    ModelChoiceField = forms.ModelChoiceField
    ModelForm = forms.ModelForm
    Sitemap = sitemaps.Sitemap
