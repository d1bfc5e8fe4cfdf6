"""What was done, in words: one sentence for each action of the audit log."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

# A sentence -> the actions that it tells of: routes, operations of programs, notes.
TOLD: list[tuple[Promise, str]] = [
    (_("Signed in"), "signed_in haut:login haut:refresh"),
    (_("Failed to sign in"), "sign_in_failed"),
    (_("Signed out"), "signed_out account_logout"),
    (_("Signed up"), "signed_up account_signup"),
    (_("Set up the installation"), "setup"),
    (_("Changed the password"), "password_changed account_change_password"),
    (_("Changed the password"), "account_set_password"),
    (
        _("Set a new password by mail"),
        "password_reset account_reset_password_from_key",
    ),
    (_("Changed the e-mail address"), "email_changed account_email"),
    (_("Added an e-mail address"), "email_added"),
    (_("Removed an e-mail address"), "email_removed"),
    (_("Confirmed an e-mail address"), "email_confirmed account_confirm_email"),
    (_("Switched a second factor on"), "second_factor_added mfa_activate_totp"),
    (_("Switched a second factor off"), "second_factor_removed mfa_deactivate_totp"),
    (_("Gave a wrong second factor"), "second_factor_failed"),
    (_("Made recovery codes"), "recovery_codes_made mfa_generate_recovery_codes"),
    (_("Changed the settings of the account"), "settings mail_set mail_stop"),
    (_("Made a token"), "token_made token_add api:people.make_token"),
    (_("Made a token"), "haut:create_private_token"),
    (_("Revoked a token"), "token_revoked token_revoke tokens_revoke"),
    (_("Revoked a token"), "api:people.revoke_token haut:delete_private_token"),
    # Pictures
    (_("Uploaded a picture"), "upload upload_file upload_parts_complete"),
    (_("Uploaded a picture"), "api:images.add_image api:uploads.complete_upload"),
    (_("Uploaded a picture"), "kokoon:upload_image naver:complete haut:upload"),
    (_("Began an upload"), "upload_parts api:uploads.begin_upload"),
    (_("Began an upload"), "naver:presign haut:signed_upload_url"),
    (_("Cancelled an upload"), "upload_parts_cancel api:uploads.cancel_upload"),
    (_("Changed a picture"), "api:images.change_image"),
    (_("Labelled pictures"), "label_set"),
    (_("Marked favourites"), "favourite_set"),
    (_("Chose among versions of a picture"), "chosen_set"),
    (_("Moved pictures to the trash"), "trash_add api:images.delete_image"),
    (_("Moved pictures to the trash"), "kokoon:delete_image haut:delete_image"),
    (_("Moved pictures to the trash"), "haut:delete_photos"),
    (_("Restored pictures from the trash"), "trash_restore"),
    (_("Deleted pictures for good"), "trash_delete trash_emptied"),
    # Work
    (_("Started work"), "process api:batches.start_batch kokoon:create_task"),
    (_("Started work"), "retouch4me:start haut:compute"),
    (_("Cancelled work"), "batch_cancel task_cancel"),
    (_("Cancelled work"), "api:batches.cancel_batch api:tasks.cancel_task"),
    (_("Tried work again"), "batch_retry task_retry failures_retried"),
    (_("Tried work again"), "api:batches.retry_batch api:tasks.retry_task"),
    (_("Changed a recipe"), "recipe_set"),
    (_("Removed a recipe"), "recipe_remove"),
    # Galleries and links
    (_("Made a gallery"), "galleries gallery_add api:galleries.add_gallery"),
    (_("Changed a gallery"), "gallery_edit gallery_cover_set gallery_chosen_set"),
    (_("Changed a gallery"), "gallery_order_set api:galleries.change_gallery"),
    (_("Changed a gallery"), "api:items.add_items api:items.move_items"),
    (_("Took pictures out of a gallery"), "gallery_remove api:items.remove_item"),
    (_("Deleted a gallery"), "gallery_delete api:galleries.delete_gallery"),
    (_("Made a share link"), "links api:shares.add_share"),
    (_("Changed a share link"), "link api:shares.change_share"),
    (_("Closed a share link"), "link_close api:shares.revoke_share"),
    (_("Decided on pictures of guests"), "guest_uploads"),
    (_("Picked a picture as a guest"), "share_pick"),
    (_("Sent picks as a guest"), "share_picks_send"),
    (_("Added pictures as a guest"), "share_uploads"),
    (_("Took back a picture as a guest"), "share_upload_remove"),
    # Subjects
    (_("Added a person who is pictured"), "api:subjects.add_subject"),
    (_("Added a person who is pictured"), "haut:create_subject"),
    (_("Changed a person who is pictured"), "subject_set haut:change_subject"),
    (_("Changed a person who is pictured"), "haut:clear_metadata"),
    (_("Changed consent"), "subject_consent_set api:subjects.set_consent"),
    (_("Noted consent"), "subject_consent"),
    (_("Noted that consent was withdrawn"), "subject_withdrawal"),
    (_("Deleted a person who was pictured"), "subject_deletion subject_delete"),
    (_("Deleted a person who was pictured"), "api:subjects.delete_subject"),
    (_("Deleted a person who was pictured"), "haut:delete_subject"),
    (_("Deleted a person who was pictured"), "haut:delete_subjects"),
    (_("Changed records of a program"), "haut:attach_to_dataset haut:create_dataset"),
    (_("Changed records of a program"), "haut:create_batch haut:delete_batch"),
    (_("Changed records of a program"), "naver:create"),
    # Teams
    (_("Made a team"), "team_add team_made"),
    (_("Invited somebody"), "team invited"),
    (_("Withdrew an invitation"), "invitation_close invitation_closed"),
    (_("Joined a team"), "joined invitation invitation_accept"),
    (_("Left a team"), "left team_leave"),
    (_("Took somebody out of a team"), "member_remove member_removed"),
    (_("Changed a role"), "member_role_set role_changed"),
    (_("Handed a team over"), "ownership_hand_over ownership_handed_over"),
    (_("Changed a team"), "team_set team_changed branding_set doors_set"),
    (_("Changed a team"), "team_preferred_set preferred_set quota_set"),
    (_("Changed a team"), "retention_set retention_applied"),
    (_("Changed to another team"), "team_switch"),
    (
        _("Changed an account with a provider"),
        "provider_account_set provider_account_saved",
    ),
    (
        _("Removed an account with a provider"),
        "provider_account_remove provider_account_removed",
    ),
    (
        _("Paused or resumed a provider"),
        "provider_account_pause provider_account_paused provider_account_resumed",
    ),
    (_("Asked a provider for its balance"), "provider_account_inquire"),
    (_("Changed a budget"), "provider_budget_set"),
    (_("Steered a provider for all teams"), "provider_steered"),
    (_("Tested the connection to a provider"), "provider_tested"),
    (_("Had a provider called again"), "circuit_closed"),
    (_("Chose who uses the operator's accounts"), "operator_accounts_set"),
    # Webhooks
    (_("Made a webhook"), "webhook_made webhooks api:webhooks.create_webhook"),
    (_("Changed a webhook"), "webhook_set webhook_switch webhook_changed"),
    (_("Changed a webhook"), "api:webhooks.change_webhook webhook_on webhook_off"),
    (_("Changed the secret of a webhook"), "webhook_secret_set webhook_secret_changed"),
    (_("Changed the secret of a webhook"), "api:webhooks.rotate_webhook"),
    (_("Removed a webhook"), "webhook_remove webhook_deleted"),
    (_("Removed a webhook"), "api:webhooks.delete_webhook"),
    (_("Sent a test to a webhook"), "webhook_test_add api:webhooks.test_webhook"),
    (_("Sent a message again"), "delivery_retry api:webhooks.replay_delivery"),
    # The operator
    (_("Suspended an account"), "suspended"),
    (_("Restored an account"), "restored"),
    (_("Signed somebody out everywhere"), "signed_out_everywhere"),
    (_("Reset a second factor"), "second_factor_reset"),
    (_("Began to view the site as somebody"), "view_as_begun"),
    (_("Looked at a page as somebody"), "view_as_page"),
    (_("Stopped viewing the site as somebody"), "view_as_ended"),
    (_("Sent a test mail"), "mail_tried"),
    (_("Exported the audit log"), "audit_exported"),
    (_("Dismissed failures"), "failures_dismissed"),
    (_("Set how long something is kept"), "period_set"),
    (_("Had the files and rows checked"), "integrity_check integrity_repaired"),
    (_("Made a backup"), "backed_up"),
    (_("Restored a backup"), "backup_restored restored_files"),
    (_("Ran a command"), "command"),
]
WORDS: dict[str, Promise] = {
    action: sentence for sentence, actions in TOLD for action in actions.split()
}
CONSOLE = {
    "add": _("Added in the console"),
    "change": _("Changed in the console"),
    "delete": _("Deleted in the console"),
    "changelist": _("Changed several in the console"),
}


def sentence(action: str) -> str:
    """Say what was done; of what has no words, the name of its route."""
    if known := WORDS.get(action):
        return str(known)
    route = action.removeprefix("admin:")
    if route != action:
        known = CONSOLE.get(route.rpartition("_")[2])
        return str(known) if known else capfirst(route.replace("_", " "))
    return action
