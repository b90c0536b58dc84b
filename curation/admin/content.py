"""The admin's pages of content, careful with learners. What can be edited, and how, is said in roadmap.admin."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from curation.editing import Careful
from curation.filters import LacksFilter, LinkFilter
from roadmap.admin import roadmaps, skills
from roadmap.models import Checkpoint, Faq, Group, Phase, Placement, Question, Resource, Roadmap, Section, Skill

admin.site.unregister([Roadmap, Phase, Section, Group, Placement, Faq, Skill, Checkpoint, Question, Resource])


@admin.register(Roadmap)
class RoadmapAdmin(Careful, roadmaps.RoadmapAdmin):
    pass


@admin.register(Phase)
class PhaseAdmin(Careful, roadmaps.PhaseAdmin):
    pass


@admin.register(Section)
class SectionAdmin(Careful, roadmaps.SectionAdmin):
    pass


@admin.register(Group)
class GroupAdmin(Careful, roadmaps.GroupAdmin):
    pass


@admin.register(Placement)
class PlacementAdmin(Careful, roadmaps.PlacementAdmin):
    pass


@admin.register(Faq)
class FaqAdmin(Careful, roadmaps.FaqAdmin):
    pass


@admin.register(Skill)
class SkillAdmin(Careful, skills.SkillAdmin):
    list_filter = [*skills.SkillAdmin.list_filter, LacksFilter]
    actions = [*skills.SkillAdmin.actions, "succeed"]

    @admin.action(permissions=["change"], description="Replace, split or merge selected %(verbose_name_plural)s…")
    def succeed(self, request: HttpRequest, queryset: QuerySet[Skill]) -> HttpResponse:
        chosen = ",".join(map(str, queryset.values_list("pk", flat=True)))
        return redirect(f"{reverse('admin:roadmap_succession_add')}?{urlencode({'old': chosen})}")


@admin.register(Checkpoint)
class CheckpointAdmin(Careful, skills.CheckpointAdmin):
    pass


@admin.register(Question)
class QuestionAdmin(Careful, skills.QuestionAdmin):
    pass


@admin.register(Resource)
class ResourceAdmin(Careful, skills.ResourceAdmin):
    list_filter = [*skills.ResourceAdmin.list_filter, LinkFilter]
