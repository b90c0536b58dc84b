from django.urls import path

from progress.views import marks, pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("roadmaps/<slug:roadmap>/", pages.roadmap, name="roadmap"),
    path("roadmaps/<slug:roadmap>/skills/<slug:skill>/", pages.skill, name="skill"),
    path("progress/<slug:roadmap>/skills/<slug:skill>/", marks.mark, name="mark"),
    path("progress/<slug:roadmap>/all/", marks.mark_all, name="mark_all"),
    path("progress/undo/<uuid:batch>/", marks.undo, name="undo"),
]
