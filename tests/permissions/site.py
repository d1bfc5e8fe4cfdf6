"""The pages of the site."""

from tests.permissions import row

ROWS = {
    "favicon.ico": row("GET anyone"),
    "language/": row("POST anyone"),
    "state/": row("GET person"),
    # A token, the operator, or this machine by its own name: tests/test_metrics.py.
    "metrics": row("GET nobody"),
    # Upload
    "upload/": row("GET person, POST person"),
    "upload/file/": row("POST person"),
    "upload/verdicts/": row("POST person"),
    "upload/known/": row("POST person"),
    "upload/parts/": row("POST person"),
    "upload/parts/<uuid:pk>/": row("DELETE own", pk="upload"),
    "upload/parts/<uuid:pk>/<int:number>/": row("PUT own", pk="upload", number="=0"),
    "upload/parts/<uuid:pk>/complete/": row("POST own", pk="upload"),
    "process/": row("GET person, POST person"),
    # Library
    "": row("GET person"),
    "images/<uuid:pk>/": row("GET viewer", pk="image"),
    "images/<uuid:pk>/facts/": row("GET viewer", pk="image"),
    "images/<uuid:pk>/similar/": row("GET viewer", pk="image"),
    "images/<uuid:pk>/alike/": row("GET viewer", pk="image"),
    "similar/": row("GET person, POST person"),
    "label/": row("POST person"),
    "favourites/": row("POST viewer", sends={"POST": {"image": "{image}"}}),
    "images/<uuid:pk>/choose/": row("POST contributor", pk="image"),
    # Trash
    "trash/": row("GET person"),
    "trash/add/": row("POST contributor", sends={"POST": {"image": "{image}"}}),
    "trash/restore/": row("POST contributor", sends={"POST": {"image": "{trashed}"}}),
    "trash/delete/": row("POST person"),
    "trash/<uuid:pk>/320": row("GET viewer", pk="trashed"),
    # Files of pictures
    "images/<uuid:pk>/<int:name>": row("GET viewer", pk="image", name="=320"),
    "images/<uuid:pk>/original": row("GET viewer", pk="image"),
    "images/<uuid:pk>/download/": row("GET viewer", pk="image"),
    "zip/": row(
        "GET viewer, POST viewer",
        sends={"GET": {"image": "{image}"}, "POST": {"image": "{image}"}},
    ),
    # Galleries
    "galleries/": row("GET person, POST person"),
    "galleries/add/": row("GET person, POST person"),
    "galleries/<uuid:pk>/": row("GET viewer", pk="gallery"),
    "galleries/<uuid:pk>/edit/": row("GET contributor, POST contributor", pk="gallery"),
    "galleries/<uuid:pk>/delete/": row("POST contributor", pk="gallery"),
    "galleries/<uuid:pk>/remove/": row(
        "POST contributor", pk="gallery", sends={"POST": {"image": "{hung}"}}
    ),
    "galleries/<uuid:pk>/cover/": row(
        "POST contributor", pk="gallery", sends={"POST": {"image": "{hung}"}}
    ),
    "galleries/<uuid:pk>/zip/": row("GET viewer", pk="gallery"),
    "galleries/<uuid:pk>/order/": row(
        "POST contributor", pk="gallery", sends={"POST": {"image": "{hung}"}}
    ),
    "galleries/<uuid:pk>/chosen/": row(
        "POST contributor", pk="gallery", sends={"POST": {"image": "{hung}"}}
    ),
    "galleries/<uuid:pk>/links/": row(
        "GET contributor, POST contributor", pk="gallery"
    ),
    "galleries/<uuid:pk>/uploads/": row(
        "GET contributor, POST contributor", pk="gallery"
    ),
    "galleries/<uuid:pk>/picks/": row("GET viewer", pk="gallery"),
    "picks/<uuid:pk>/<str:form>/": row("GET viewer", pk="picks", form="=csv"),
    "links/": row("GET person"),
    "links/<uuid:pk>/qr.svg": row("GET contributor", pk="share"),
    "links/<uuid:pk>/": row("GET contributor, POST contributor", pk="share"),
    "links/<uuid:pk>/revoke/": row("POST contributor", pk="share"),
    # What share links open
    "s/<str:named>": row("GET holder, POST holder", named="share_token"),
    "s/<str:named>/logo": row("GET holder", named="share_token"),
    "s/<str:named>/accent.css": row("GET holder", named="share_token"),
    "s/<str:named>/zip": row("GET holder", named="share_token"),
    "s/<str:named>/<uuid:pk>/": row("GET holder", named="share_token", pk="hung"),
    "s/<str:named>/<uuid:pk>/<int:side>": row(
        "GET holder", named="share_token", pk="hung", side="=320"
    ),
    "s/<str:named>/<uuid:pk>/download": row(
        "GET holder", named="share_token", pk="hung"
    ),
    "s/<str:named>/<uuid:pk>/pick": row("POST holder", named="share_token", pk="hung"),
    "s/<str:named>/picks/": row("GET holder, POST holder", named="share_token"),
    "s/<str:named>/uploads/": row("GET holder, POST holder", named="share_token"),
    "s/<str:named>/uploads/<uuid:pk>/320": row(
        "GET nobody", named="share_token", pk="guest_upload"
    ),
    "s/<str:named>/uploads/<uuid:pk>/remove/": row(
        "POST nobody", named="share_token", pk="guest_upload"
    ),
    # Who took what
    "activity/": row("GET person"),
    "activity/csv/": row("GET person"),
    # Batches: whoever sees one may press, what is not theirs stays as it is.
    "batches/": row("GET person"),
    "batches/<uuid:pk>/": row("GET viewer", pk="batch"),
    "batches/<uuid:pk>/changes/": row("GET viewer", pk="batch"),
    "batches/<uuid:pk>/cancel/": row("POST viewer", pk="batch"),
    "batches/<uuid:pk>/retry/": row("POST viewer", pk="batch"),
    "tasks/<uuid:pk>/cancel/": row("POST contributor", pk="task"),
    "tasks/<uuid:pk>/retry/": row("POST contributor", pk="task"),
    # Reports
    "reports/<uuid:pk>/": row("GET viewer", pk="report"),
    "reports/<uuid:pk>/<str:form>/": row("GET viewer", pk="report", form="=json"),
    # Subjects
    "subjects/": row("GET person"),
    "subjects/<uuid:pk>/": row("GET viewer", pk="subject"),
    "subjects/<uuid:pk>/save/": row("POST contributor", pk="subject"),
    "subjects/<uuid:pk>/consent/": row("POST contributor", pk="subject"),
    "subjects/<uuid:pk>/delete/": row("POST contributor", pk="subject"),
    "subjects/<uuid:pk>/download/": row("GET viewer", pk="subject"),
    # What was found
    "matches/<uuid:pk>/": row("GET viewer", pk="matches"),
    # Recipes
    "recipes/": row("GET person"),
    "recipes/<uuid:pk>/shorten/": row("POST editor", pk="recipe"),
    "recipes/<uuid:pk>/remove/": row("POST editor", pk="recipe"),
    # People
    "setup/<str:token>/": row("GET holder, POST holder", token="setup"),
    "team/": row("GET person, POST person"),
    "team/switch/<uuid:pk>/": row("POST viewer", pk="team"),
    "team/members/<uuid:pk>/remove/": row("POST owner", pk="membership"),
    "team/members/<uuid:pk>/role/": row(
        "POST owner", pk="membership", sends={"POST": {"role": "editor"}}
    ),
    "team/members/<uuid:pk>/hand-over/": row("POST owner", pk="membership"),
    "team/add/": row("POST person"),
    "team/settings/": row("GET person"),
    "team/<uuid:pk>/save/": row("POST owner", pk="team"),
    "team/<uuid:pk>/preferred/": row("POST owner", pk="team"),
    "team/<uuid:pk>/branding/": row("POST owner", pk="team"),
    "team/<uuid:pk>/leave/": row("POST viewer", pk="team"),
    "team/<uuid:pk>/logo": row("GET viewer", pk="team"),
    "team/<uuid:pk>/accent.css": row("GET viewer", pk="team"),
    "team/invitations/<uuid:pk>/accept/": row("POST own", pk="invited"),
    "team/invitations/<uuid:pk>/withdraw/": row("POST owner", pk="invitation"),
    "team/accounts/": row("GET person"),
    "team/<uuid:pk>/accounts/<str:key>/": row("POST owner", pk="team", key="=kokoon"),
    "team/<uuid:pk>/accounts/<str:key>/remove/": row(
        "POST owner", pk="team", key="=kokoon"
    ),
    "team/<uuid:pk>/accounts/<str:key>/pause/": row(
        "POST owner", pk="team", key="=kokoon"
    ),
    "team/<uuid:pk>/accounts/<str:key>/inquire/": row(
        "POST owner", pk="team", key="=kokoon"
    ),
    "team/<uuid:pk>/accounts/<str:key>/budget/": row(
        "POST owner", pk="team", key="=kokoon"
    ),
    # Notices
    "notices/": row("GET person"),
    "notices/read/": row("POST person"),
    "notices/stop/<str:token>/": row("GET holder, POST holder", token="mail_stop"),
    "notices/<uuid:pk>/": row("GET own", pk="notice"),
    # Webhooks
    "webhooks/": row("GET person, POST person"),
    "webhooks/<uuid:pk>/": row("GET owner", pk="webhook"),
    "webhooks/<uuid:pk>/save/": row("POST owner", pk="webhook"),
    "webhooks/<uuid:pk>/switch/": row("POST owner", pk="webhook"),
    "webhooks/<uuid:pk>/secret/": row("POST owner", pk="webhook"),
    "webhooks/<uuid:pk>/remove/": row("POST owner", pk="webhook"),
    "webhooks/<uuid:pk>/test/": row("POST owner", pk="webhook"),
    "deliveries/<uuid:pk>/again/": row("POST owner", pk="delivery"),
    "team/<uuid:pk>/doors/": row("POST owner", pk="team"),
    "invitations/<str:token>/": row(
        "GET holder, POST holder", token="invitation_token"
    ),
    "settings/": row("GET person, POST person"),
    "settings/mail/": row("POST person"),
    "settings/tokens/": row("GET person"),
    "settings/tokens/add/": row("POST person"),
    "settings/tokens/revoke/": row("POST person"),
    "settings/tokens/<uuid:pk>/revoke/": row("POST own", pk="token"),
    # The console: it has a test of its own.
    "admin/**": row("GET staff"),
}
