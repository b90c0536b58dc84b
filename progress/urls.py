from django.urls import path

from progress.views import book, dashboard, data, marks, notes, pages, reports, search, sharing, skills, suggestions
from progress.views import map as maps

urlpatterns = [
    path("", pages.home, name="home"),
    path("roadmaps/<slug:roadmap>/", pages.roadmap, name="roadmap"),
    path("roadmaps/<slug:roadmap>/map/", maps.map, name="map"),
    path("roadmaps/<slug:roadmap>/book/", book.book, name="book"),
    path("roadmaps/<slug:roadmap>/skills/<slug:skill>/", skills.skill, name="skill"),
    path("roadmaps/<slug:roadmap>/skills/<slug:skill>/suggest/", suggestions.suggest, name="suggest"),
    path("progress/<slug:roadmap>/skills/<slug:skill>/", marks.mark, name="mark"),
    path("progress/<slug:roadmap>/all/", marks.mark_all, name="mark_all"),
    path("progress/<slug:roadmap>/skills/<slug:skill>/checkpoints/<int:checkpoint>/", notes.tick, name="tick"),
    path("progress/<slug:roadmap>/skills/<slug:skill>/note/", notes.save_note, name="save_note"),
    path("progress/<slug:roadmap>/skills/<slug:skill>/evidence/", notes.add_evidence, name="add_evidence"),
    path(
        "progress/<slug:roadmap>/skills/<slug:skill>/evidence/<uuid:uid>/",
        notes.change_evidence,
        name="change_evidence",
    ),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("history/", dashboard.history, name="history"),
    path("roadmaps/<slug:roadmap>/current/", dashboard.make_current, name="make_current"),
    path("roadmaps/<slug:roadmap>/seen/", dashboard.seen, name="seen"),
    path("u/<slug:handle>/", sharing.profile, name="profile"),
    path("u/<slug:handle>/badge.svg", sharing.badge, name="badge"),
    path("u/<slug:handle>/card.png", sharing.card_png, name="card"),
    path("settings/profile/preview/", sharing.profile_preview, name="profile_preview"),
    path("settings/data/", data.data, name="data"),
    path("settings/data/export/", data.export_data, name="export_data"),
    path("settings/data/import/", data.import_data, name="import_data"),
    path("settings/data/import/confirm/", data.confirm_import, name="confirm_import"),
    path("notes/", notes.notes_page, name="notes"),
    path("suggestions/", suggestions.own, name="suggestions"),
    path("suggestions/<uuid:uid>/withdraw/", suggestions.withdraw, name="withdraw_suggestion"),
    path("search/", search.search, name="search"),
    path("progress/<slug:roadmap>/skills/<slug:skill>/credit/", marks.credit, name="credit"),
    path("resources/<uuid:uid>/report/", reports.report, name="report"),
    path("progress/undo/<uuid:batch>/", marks.undo, name="undo"),
]
