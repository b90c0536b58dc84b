from django import template

from accounts import forms

register = template.Library()


@register.simple_tag
def sends_mail() -> bool:
    return forms.sends_mail()
