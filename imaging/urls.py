"""The pages of the site."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

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

View = Callable[..., HttpResponseBase]


def page(route: str, view: View, name: str = "") -> URLPattern:
    """Return the address of a page that one signs in for."""
    return open_page(route, login_required(view), name)


def open_page(route: str, view: View, name: str = "") -> URLPattern:
    """Return the address of a page that lets in whom it wants by itself.

    It is called what its view is called, unless it has a name of its own.
    """
    return path(route, view, name=name or view.__name__)


urlpatterns = [
    # Upload
    page("upload/", upload.upload),
    page("upload/file/", upload.upload_file),
    page("upload/verdicts/", ahead.verdicts, "upload_verdicts"),
    page("upload/known/", ahead.known, "upload_known"),
    page("upload/parts/", parts.begin, "upload_parts"),
    page("upload/parts/<uuid:pk>/", parts.cancel, "upload_parts_cancel"),
    page("upload/parts/<uuid:pk>/<int:number>/", parts.part, "upload_part"),
    page("upload/parts/<uuid:pk>/complete/", parts.complete, "upload_parts_complete"),
    page("process/", orders.process),
    # Library
    page("", library.library),
    page("images/<uuid:pk>/", image.image),
    page("images/<uuid:pk>/facts/", library.image_facts),
    page("images/<uuid:pk>/similar/", similar.image_similar),
    page("images/<uuid:pk>/alike/", near.image_alike),
    page("similar/", similar.similar),
    page("label/", library.label_set),
    page("favourites/", marks.favourite_set),
    page("images/<uuid:pk>/choose/", marks.chosen_set),
    # Trash
    page("trash/", trash.trash),
    page("trash/add/", trash.trash_add),
    page("trash/restore/", trash.trash_restore),
    page("trash/delete/", trash.trash_delete),
    open_page("trash/<uuid:pk>/320", trash.trash_rendition),
    # Files of pictures
    open_page("images/<uuid:pk>/<int:name>", files.rendition),
    open_page("images/<uuid:pk>/original", files.original),
    page("images/<uuid:pk>/download/", files.download),
    page("zip/", zips.images_zip, "zip"),
    # Galleries
    page("galleries/", galleries.galleries),
    page("galleries/add/", galleries.gallery_add),
    page("galleries/<uuid:pk>/", galleries.gallery),
    page("galleries/<uuid:pk>/edit/", galleries.gallery_edit),
    page("galleries/<uuid:pk>/delete/", galleries.gallery_delete),
    page("galleries/<uuid:pk>/remove/", galleries.gallery_remove),
    page("galleries/<uuid:pk>/cover/", galleries.gallery_cover_set),
    page("galleries/<uuid:pk>/zip/", zips.gallery_zip),
    page("galleries/<uuid:pk>/order/", hanging.gallery_order_set),
    page("galleries/<uuid:pk>/chosen/", hanging.gallery_chosen_set),
    page("galleries/<uuid:pk>/links/", shares.links),
    page("galleries/<uuid:pk>/uploads/", guest_uploads.guest_uploads),
    page("galleries/<uuid:pk>/picks/", picks.picks),
    page("picks/<uuid:pk>/<str:form>/", picks.picks_download),
    page("links/", shares.team_links, "links_of_team"),
    page("links/<uuid:pk>/qr.svg", shares.link_qr),
    page("links/<uuid:pk>/", shares.link),
    page("links/<uuid:pk>/revoke/", shares.link_close),
    # What share links open
    open_page("s/<str:named>", guest_pages.share),
    open_page("s/<str:named>/logo", branding.share_logo),
    open_page("s/<str:named>/accent.css", branding.share_accent),
    open_page("s/<str:named>/zip", parcels.share_zip),
    open_page("s/<str:named>/<uuid:pk>/", guest_pages.share_image),
    open_page("s/<str:named>/<uuid:pk>/<int:side>", guests.share_rendition),
    open_page("s/<str:named>/<uuid:pk>/download", guests.share_download),
    open_page("s/<str:named>/<uuid:pk>/pick", guest_picks.share_pick),
    open_page("s/<str:named>/picks/", guest_picks.share_picks_send),
    open_page("s/<str:named>/uploads/", guest_sending.share_uploads),
    open_page(
        "s/<str:named>/uploads/<uuid:pk>/320", guest_sending.share_upload_rendition
    ),
    open_page(
        "s/<str:named>/uploads/<uuid:pk>/remove/", guest_sending.share_upload_remove
    ),
    # Who took what
    page("activity/", activity.activity),
    page("activity/csv/", activity.activity_download),
    # Batches
    page("batches/", batches.batches),
    page("batches/<uuid:pk>/", batches.batch),
    page("batches/<uuid:pk>/cancel/", batches.batch_cancel),
    page("batches/<uuid:pk>/retry/", batches.batch_retry),
    page("tasks/<uuid:pk>/cancel/", batches.task_cancel),
    page("tasks/<uuid:pk>/retry/", batches.task_retry),
    # Reports
    page("reports/<uuid:pk>/", reports.report),
    page("reports/<uuid:pk>/<str:form>/", reports.report_download),
    # Subjects
    page("subjects/", subjects.subjects),
    page("subjects/<uuid:pk>/", subjects.subject),
    page("subjects/<uuid:pk>/save/", subjects.subject_set),
    page("subjects/<uuid:pk>/consent/", subjects.subject_consent_set),
    page("subjects/<uuid:pk>/delete/", subjects.subject_delete),
    page("subjects/<uuid:pk>/download/", subjects.subject_download),
    # What was found
    page("matches/<uuid:pk>/", matches.matches),
    # Recipes
    page("recipes/", recipes.recipes),
    page("recipes/<uuid:pk>/shorten/", recipes.recipe_set),
    page("recipes/<uuid:pk>/remove/", recipes.recipe_remove),
    # People
    open_page("setup/<str:token>/", setup.setup),
    page("team/", people.team_page, "team"),
    page("team/switch/<uuid:pk>/", people.team_switch),
    page("team/add/", members.team_add),
    page("team/settings/", team_settings.team_settings),
    page("team/<uuid:pk>/save/", team_settings.team_set),
    page("team/<uuid:pk>/preferred/", team_settings.team_preferred_set),
    page("team/<uuid:pk>/branding/", team_settings.branding_set),
    page("team/<uuid:pk>/leave/", members.team_leave),
    page("team/<uuid:pk>/logo", branding.team_logo),
    page("team/<uuid:pk>/accent.css", branding.team_accent),
    page("team/members/<uuid:pk>/remove/", members.member_remove),
    page("team/members/<uuid:pk>/role/", members.member_role_set),
    page("team/members/<uuid:pk>/hand-over/", members.ownership_hand_over),
    page("team/invitations/<uuid:pk>/accept/", people.invitation_accept),
    page("team/invitations/<uuid:pk>/withdraw/", people.invitation_close),
    page("team/accounts/", accounts.provider_accounts),
    page("team/<uuid:pk>/accounts/<str:key>/", accounts.provider_account_set),
    page("team/<uuid:pk>/accounts/<str:key>/remove/", accounts.provider_account_remove),
    page("team/<uuid:pk>/accounts/<str:key>/pause/", accounts.provider_account_pause),
    page(
        "team/<uuid:pk>/accounts/<str:key>/inquire/", accounts.provider_account_inquire
    ),
    page("team/<uuid:pk>/accounts/<str:key>/budget/", accounts.provider_budget_set),
    # Notices
    page("notices/", notices.notices),
    page("notices/read/", notices.notices_set),
    open_page("notices/stop/<str:token>/", notices.mail_stop),
    page("notices/<uuid:pk>/", notices.notice_open),
    # Webhooks
    page("webhooks/", webhooks.webhooks),
    page("webhooks/<uuid:pk>/", webhooks.webhook),
    page("webhooks/<uuid:pk>/save/", webhooks.webhook_set),
    page("webhooks/<uuid:pk>/switch/", webhooks.webhook_switch),
    page("webhooks/<uuid:pk>/secret/", webhooks.webhook_secret_set),
    page("webhooks/<uuid:pk>/remove/", webhooks.webhook_remove),
    page("webhooks/<uuid:pk>/test/", webhooks.webhook_test_add),
    page("deliveries/<uuid:pk>/again/", webhooks.delivery_retry),
    page("team/<uuid:pk>/doors/", doors.doors_set),
    open_page("invitations/<str:token>/", people.invitation_page, "invitation"),
    page("state/", health.state),
    open_page("metrics", metrics.metrics),
    page("settings/", people.settings_page, "settings"),
    page("settings/mail/", notices.mail_set),
    page("settings/tokens/", tokens.tokens),
    page("settings/tokens/add/", tokens.token_add),
    page("settings/tokens/revoke/", tokens.tokens_revoke),
    page("settings/tokens/<uuid:pk>/revoke/", tokens.token_revoke),
]
