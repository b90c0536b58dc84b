"""The admin's pages of content, careful with learners. What can be edited, and how, is said in roadmap.admin."""

from django.contrib import admin

from curation.editing import Careful
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
    pass


@admin.register(Checkpoint)
class CheckpointAdmin(Careful, skills.CheckpointAdmin):
    pass


@admin.register(Question)
class QuestionAdmin(Careful, skills.QuestionAdmin):
    pass


@admin.register(Resource)
class ResourceAdmin(Careful, skills.ResourceAdmin):
    pass
