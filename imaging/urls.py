"""The pages of the site."""

from django.urls import path

from imaging.views import (
    accounts,
    activity,
    ahead,
    batches,
    branding,
    doors,
    files,
    galleries,
    guest_pages,
    guest_picks,
    guest_sending,
    guest_uploads,
    guests,
    hanging,
    health,
    image,
    library,
    marks,
    matches,
    members,
    metrics,
    near,
    notices,
    orders,
    parcels,
    parts,
    people,
    picks,
    recipes,
    reports,
    setup,
    shares,
    similar,
    subjects,
    team_settings,
    tokens,
    trash,
    upload,
    webhooks,
    zips,
)

urlpatterns = [
    # Upload
    path("upload/", upload.upload, name="upload"),
    path("upload/file/", upload.upload_file, name="upload_file"),
    path("upload/verdicts/", ahead.verdicts, name="upload_verdicts"),
    path("upload/known/", ahead.known, name="upload_known"),
    path("upload/parts/", parts.begin, name="upload_parts"),
    path("upload/parts/<uuid:pk>/", parts.cancel, name="upload_parts_cancel"),
    path("upload/parts/<uuid:pk>/<int:number>/", parts.part, name="upload_part"),
    path(
        "upload/parts/<uuid:pk>/complete/", parts.complete, name="upload_parts_complete"
    ),
    path("process/", orders.process, name="process"),
    # Library
    path("", library.library, name="library"),
    path("images/<uuid:pk>/", image.image, name="image"),
    path("images/<uuid:pk>/facts/", library.image_facts, name="image_facts"),
    path("images/<uuid:pk>/similar/", similar.image_similar, name="image_similar"),
    path("images/<uuid:pk>/alike/", near.image_alike, name="image_alike"),
    path("similar/", similar.similar, name="similar"),
    path("label/", library.label_set, name="label_set"),
    path("favourites/", marks.favourite_set, name="favourite_set"),
    path("images/<uuid:pk>/choose/", marks.chosen_set, name="chosen_set"),
    # Trash
    path("trash/", trash.trash, name="trash"),
    path("trash/add/", trash.trash_add, name="trash_add"),
    path("trash/restore/", trash.trash_restore, name="trash_restore"),
    path("trash/delete/", trash.trash_delete, name="trash_delete"),
    path("trash/<uuid:pk>/320", trash.trash_rendition, name="trash_rendition"),
    # Files of pictures
    path("images/<uuid:pk>/<int:name>", files.rendition, name="rendition"),
    path("images/<uuid:pk>/original", files.original, name="original"),
    path("images/<uuid:pk>/download/", files.download, name="download"),
    path("zip/", zips.images_zip, name="zip"),
    # Galleries
    path("galleries/", galleries.galleries, name="galleries"),
    path("galleries/add/", galleries.gallery_add, name="gallery_add"),
    path("galleries/<uuid:pk>/", galleries.gallery, name="gallery"),
    path("galleries/<uuid:pk>/edit/", galleries.gallery_edit, name="gallery_edit"),
    path(
        "galleries/<uuid:pk>/delete/", galleries.gallery_delete, name="gallery_delete"
    ),
    path(
        "galleries/<uuid:pk>/remove/", galleries.gallery_remove, name="gallery_remove"
    ),
    path(
        "galleries/<uuid:pk>/cover/",
        galleries.gallery_cover_set,
        name="gallery_cover_set",
    ),
    path("galleries/<uuid:pk>/zip/", zips.gallery_zip, name="gallery_zip"),
    path(
        "galleries/<uuid:pk>/order/",
        hanging.gallery_order_set,
        name="gallery_order_set",
    ),
    path(
        "galleries/<uuid:pk>/chosen/",
        hanging.gallery_chosen_set,
        name="gallery_chosen_set",
    ),
    path("galleries/<uuid:pk>/links/", shares.links, name="links"),
    path(
        "galleries/<uuid:pk>/uploads/",
        guest_uploads.guest_uploads,
        name="guest_uploads",
    ),
    path("galleries/<uuid:pk>/picks/", picks.picks, name="picks"),
    path("picks/<uuid:pk>/<str:form>/", picks.picks_download, name="picks_download"),
    path("links/", shares.team_links, name="links_of_team"),
    path("links/<uuid:pk>/qr.svg", shares.link_qr, name="link_qr"),
    path("links/<uuid:pk>/", shares.link, name="link"),
    path("links/<uuid:pk>/revoke/", shares.link_close, name="link_close"),
    # What share links open
    path("s/<str:named>", guest_pages.share, name="share"),
    path("s/<str:named>/logo", branding.share_logo, name="share_logo"),
    path("s/<str:named>/accent.css", branding.share_accent, name="share_accent"),
    path("s/<str:named>/zip", parcels.share_zip, name="share_zip"),
    path("s/<str:named>/<uuid:pk>/", guest_pages.share_image, name="share_image"),
    path(
        "s/<str:named>/<uuid:pk>/<int:side>",
        guests.share_rendition,
        name="share_rendition",
    ),
    path(
        "s/<str:named>/<uuid:pk>/download", guests.share_download, name="share_download"
    ),
    path("s/<str:named>/<uuid:pk>/pick", guest_picks.share_pick, name="share_pick"),
    path("s/<str:named>/picks/", guest_picks.share_picks_send, name="share_picks_send"),
    path("s/<str:named>/uploads/", guest_sending.share_uploads, name="share_uploads"),
    path(
        "s/<str:named>/uploads/<uuid:pk>/320",
        guest_sending.share_upload_rendition,
        name="share_upload_rendition",
    ),
    path(
        "s/<str:named>/uploads/<uuid:pk>/remove/",
        guest_sending.share_upload_remove,
        name="share_upload_remove",
    ),
    # Who took what
    path("activity/", activity.activity, name="activity"),
    path("activity/csv/", activity.activity_download, name="activity_download"),
    # Batches
    path("batches/", batches.batches, name="batches"),
    path("batches/<uuid:pk>/", batches.batch, name="batch"),
    path("batches/<uuid:pk>/changes/", batches.changes, name="batch_changes"),
    path("batches/<uuid:pk>/cancel/", batches.batch_cancel, name="batch_cancel"),
    path("batches/<uuid:pk>/retry/", batches.batch_retry, name="batch_retry"),
    path("tasks/<uuid:pk>/cancel/", batches.task_cancel, name="task_cancel"),
    path("tasks/<uuid:pk>/retry/", batches.task_retry, name="task_retry"),
    # Reports
    path("reports/<uuid:pk>/", reports.report, name="report"),
    path(
        "reports/<uuid:pk>/<str:form>/", reports.report_download, name="report_download"
    ),
    # Subjects
    path("subjects/", subjects.subjects, name="subjects"),
    path("subjects/<uuid:pk>/", subjects.subject, name="subject"),
    path("subjects/<uuid:pk>/save/", subjects.subject_set, name="subject_set"),
    path(
        "subjects/<uuid:pk>/consent/",
        subjects.subject_consent_set,
        name="subject_consent_set",
    ),
    path("subjects/<uuid:pk>/delete/", subjects.subject_delete, name="subject_delete"),
    path(
        "subjects/<uuid:pk>/download/",
        subjects.subject_download,
        name="subject_download",
    ),
    # What was found
    path("matches/<uuid:pk>/", matches.matches, name="matches"),
    # Recipes
    path("recipes/", recipes.recipes, name="recipes"),
    path("recipes/<uuid:pk>/shorten/", recipes.recipe_set, name="recipe_set"),
    path("recipes/<uuid:pk>/remove/", recipes.recipe_remove, name="recipe_remove"),
    # People
    path("setup/<str:token>/", setup.setup, name="setup"),
    path("team/", people.team_page, name="team"),
    path("team/switch/<uuid:pk>/", people.team_switch, name="team_switch"),
    path("team/add/", members.team_add, name="team_add"),
    path("team/settings/", team_settings.team_settings, name="team_settings"),
    path("team/<uuid:pk>/save/", team_settings.team_set, name="team_set"),
    path(
        "team/<uuid:pk>/preferred/",
        team_settings.team_preferred_set,
        name="team_preferred_set",
    ),
    path("team/<uuid:pk>/branding/", team_settings.branding_set, name="branding_set"),
    path("team/<uuid:pk>/leave/", members.team_leave, name="team_leave"),
    path("team/<uuid:pk>/logo", branding.team_logo, name="team_logo"),
    path("team/<uuid:pk>/accent.css", branding.team_accent, name="team_accent"),
    path("team/members/<uuid:pk>/remove/", members.member_remove, name="member_remove"),
    path(
        "team/members/<uuid:pk>/role/", members.member_role_set, name="member_role_set"
    ),
    path(
        "team/members/<uuid:pk>/hand-over/",
        members.ownership_hand_over,
        name="ownership_hand_over",
    ),
    path(
        "team/invitations/<uuid:pk>/accept/",
        people.invitation_accept,
        name="invitation_accept",
    ),
    path(
        "team/invitations/<uuid:pk>/withdraw/",
        people.invitation_close,
        name="invitation_close",
    ),
    path("team/accounts/", accounts.provider_accounts, name="provider_accounts"),
    path(
        "team/<uuid:pk>/accounts/<str:key>/",
        accounts.provider_account_set,
        name="provider_account_set",
    ),
    path(
        "team/<uuid:pk>/accounts/<str:key>/remove/",
        accounts.provider_account_remove,
        name="provider_account_remove",
    ),
    path(
        "team/<uuid:pk>/accounts/<str:key>/pause/",
        accounts.provider_account_pause,
        name="provider_account_pause",
    ),
    path(
        "team/<uuid:pk>/accounts/<str:key>/inquire/",
        accounts.provider_account_inquire,
        name="provider_account_inquire",
    ),
    path(
        "team/<uuid:pk>/accounts/<str:key>/budget/",
        accounts.provider_budget_set,
        name="provider_budget_set",
    ),
    # Notices
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.notices_set, name="notices_set"),
    path("notices/stop/<str:token>/", notices.mail_stop, name="mail_stop"),
    path("notices/<uuid:pk>/", notices.notice_open, name="notice_open"),
    # Webhooks
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/<uuid:pk>/", webhooks.webhook, name="webhook"),
    path("webhooks/<uuid:pk>/save/", webhooks.webhook_set, name="webhook_set"),
    path("webhooks/<uuid:pk>/switch/", webhooks.webhook_switch, name="webhook_switch"),
    path(
        "webhooks/<uuid:pk>/secret/",
        webhooks.webhook_secret_set,
        name="webhook_secret_set",
    ),
    path("webhooks/<uuid:pk>/remove/", webhooks.webhook_remove, name="webhook_remove"),
    path(
        "webhooks/<uuid:pk>/test/", webhooks.webhook_test_add, name="webhook_test_add"
    ),
    path("deliveries/<uuid:pk>/again/", webhooks.delivery_retry, name="delivery_retry"),
    path("team/<uuid:pk>/doors/", doors.doors_set, name="doors_set"),
    path("invitations/<str:token>/", people.invitation_page, name="invitation"),
    path("state/", health.state, name="state"),
    path("metrics", metrics.metrics, name="metrics"),
    path("settings/", people.settings_page, name="settings"),
    path("settings/mail/", notices.mail_set, name="mail_set"),
    path("settings/tokens/", tokens.tokens, name="tokens"),
    path("settings/tokens/add/", tokens.token_add, name="token_add"),
    path("settings/tokens/revoke/", tokens.tokens_revoke, name="tokens_revoke"),
    path("settings/tokens/<uuid:pk>/revoke/", tokens.token_revoke, name="token_revoke"),
]
