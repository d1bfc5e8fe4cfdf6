"""People, teams and what lets them in: the rows that an operator changes."""

from __future__ import annotations

from typing import Any

import allauth.mfa.admin  # noqa: F401  registers what is replaced below
from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from imaging.adapter import vouch
from imaging.console.site import Bearing, Guarded, Shown
from imaging.forms.people import NewUserForm
from imaging.models import (
    ApiToken,
    Invitation,
    Membership,
    Role,
    Team,
    User,
    VendorRecord,
)
from imaging.operating.accounts import is_last_superuser, operators


class UserForm(UserChangeForm):
    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        stays = all(
            self.cleaned_data.get(name) for name in ("is_staff", "is_superuser")
        )
        if not stays and is_last_superuser(self.instance):
            raise ValidationError(_("Nobody else could open the console."))
        return said


class PasswordForm(AdminPasswordChangeForm):
    """A new password; what was watched with the old one goes dark."""

    def save(self, commit: bool = True) -> User:
        user = super().save(commit)
        user.revoke_watching()
        return user


class OwnMemberships(admin.TabularInline):
    model = Membership
    fields = ("team", "role", "created")
    readonly_fields = fields
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(Guarded, DjangoUserAdmin):
    """People, known by their email address. Only a superuser changes them."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = PasswordForm
    show_full_result_count = False
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("last_login", "date_joined")
    change_form_template = "admin/user_form.html"
    # Plain lists: Django's two-sided ones have no names that a screen reader can say.
    filter_horizontal = ()
    inlines = (OwnMemberships,)
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (
            _("Permissions"),
            {
                "fields": (
                    "is_staff",
                    "is_superuser",
                    "groups",
                    "user_permissions",
                )
            },
        ),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "password1", "password2")}),)

    def save_model(
        self, request: HttpRequest, obj: User, form: ModelForm, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            obj.make_personal_team()
        if "email" in form.changed_data:
            EmailAddress.objects.filter(user=obj).delete()
            vouch(obj)
        obj.revoke_watching()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Say which teams would be nobody's: these must have another owner first."""
        shown, counts, lacking, protected = super().get_deleted_objects(objs, request)
        users = [one.pk for one in objs]
        if not operators().exclude(pk__in=users).exists():
            protected.append(str(_("Nobody else could open the console.")))
        owned = Team.objects.filter(
            personal=False, memberships__user__in=users, memberships__role=Role.OWNER
        )
        others = Membership.objects.owning().exclude(user__in=users)
        for team in owned.exclude(memberships__in=others).distinct():
            protected.append(
                _("The team %(team)s has no other owner.") % {"team": team}
            )
        return shown, counts, lacking, protected

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        obj.revoke_watching()
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            self.delete_model(request, user)


class MembersFormSet(BaseInlineFormSet):
    """The people of a team; each field says what it is, as its column's head does."""

    def add_fields(self, form: ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        for name, field in form.fields.items():
            field.widget.attrs["aria-label"] = field.label or name

    def clean(self) -> None:
        super().clean()
        rows = [getattr(form, "cleaned_data", {}) for form in self.forms]
        gone = [row for row in rows if row.get("id") and row.get("DELETE")]
        changed = [row for row in rows if row.get("user") and row not in gone]
        stay = self.instance.memberships.filter(role=Role.OWNER)
        stay = stay.exclude(pk__in=[row["id"].pk for row in rows if row.get("id")])
        owns = any(row["role"] == Role.OWNER for row in changed) or stay.exists()
        if rows and not owns:
            raise ValidationError(_("A team keeps at least one owner."))


class Members(admin.TabularInline):
    model = Membership
    formset = MembersFormSet
    fields = ("user", "role", "created")
    readonly_fields = ("created",)
    raw_id_fields = ("user",)
    extra = 0


class Granted(admin.TabularInline):
    """What a team may have done by the calls of a provider, from its first one on."""

    model = VendorRecord
    verbose_name_plural = _("granted to programs")
    fields = ("provider", "key", "data")
    readonly_fields = ("provider", "key")
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[VendorRecord]:
        rows: QuerySet[VendorRecord] = super().get_queryset(request)
        return rows.filter(kind=VendorRecord.ACCOUNT)


@admin.register(Team)
class TeamAdmin(Bearing):
    """Teams, their people and their bounds."""

    show_full_result_count = False
    list_display = ("name", "personal", "bytes_used", "max_bytes", "created")
    list_filter = ("personal", "operator_accounts")
    search_fields = ("name", "members__email")
    ordering = ("-created",)
    readonly_fields = ("personal", "bytes_used", "created")
    exclude = ("revocations",)
    inlines = (Members, Granted)

    def save_related(
        self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        Team.objects.filter(pk=form.instance.pk).revoke_watching()


@admin.register(Invitation)
class InvitationAdmin(Shown):
    list_display = ("team", "email", "role", "invited_by", "expires", "accepted_by")
    list_select_related = ("team", "invited_by", "accepted_by")
    search_fields = ("email", "team__name", "invited_by__email")
    ordering = ("-created",)
    exclude = ("digest",)
    actions = ("withdraw",)

    @admin.action(description=_("Withdraw the chosen"), permissions=["manage"])
    def withdraw(self, request: HttpRequest, queryset: Any) -> None:
        count = queryset.close()
        self.message_user(request, _("%d withdrawn.") % count)


@admin.register(ApiToken)
class ApiTokenAdmin(Shown):
    list_display = ("user", "name", "last_four", "created", "last_used", "revoked")
    list_select_related = ("user",)
    search_fields = ("name", "user__email", "last_four", "access_key")
    ordering = ("-created",)
    exclude = ("digest", "secret_key")
    actions = ("revoke",)

    @admin.action(description=_("Revoke the chosen"), permissions=["manage"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        count = queryset.revoke()  # type: ignore[attr-defined]
        self.message_user(request, _("%d revoked.") % count)


admin.site.unregister([Authenticator, EmailAddress])


@admin.register(EmailAddress)
class AddressAdmin(Guarded, EmailAddressAdmin):
    show_full_result_count = False


@admin.register(Authenticator)
class AuthenticatorAdmin(Shown):
    """Second factors: removed here for whoever has lost theirs, never shown."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    exclude = ("data",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        obj.user.revoke_watching()
        super().delete_model(request, obj)
        left = Authenticator.objects.filter(user=obj.user)
        if not left.exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
            # Codes alone would still be asked for, and nothing else accepted.
            left.delete()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for authenticator in queryset:
            self.delete_model(request, authenticator)
