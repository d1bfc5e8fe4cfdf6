"""Everything that is kept in the database."""

from imaging.models.about import About
from imaging.models.accounts import ProviderAccount
from imaging.models.batches import Batch, Tally, Via
from imaging.models.blobs import Blob
from imaging.models.branding import Branding
from imaging.models.checkups import Checkup
from imaging.models.costs import Budget
from imaging.models.deliveries import WebhookDelivery
from imaging.models.downloads import Download
from imaging.models.events import AuditEvent
from imaging.models.exchanges import TaskRequest
from imaging.models.galleries import Gallery, GalleryItem, Visibility
from imaging.models.guests import GuestUpload, Pick, PickList
from imaging.models.heartbeats import Heartbeat
from imaging.models.images import Favourite, Image, Label
from imaging.models.invitations import Invitation
from imaging.models.notices import Notice
from imaging.models.orders import Order, Refusal
from imaging.models.people import MailPace, Membership, Role, Team, User
from imaging.models.periods import Period
from imaging.models.recipes import Recipe
from imaging.models.records import VendorRecord
from imaging.models.results import Result, TaskEvent
from imaging.models.shares import ShareLink, ShareMode
from imaging.models.states import Stage, State
from imaging.models.steering import Mode, ProviderControl
from imaging.models.subjects import Subject
from imaging.models.takings import Taking
from imaging.models.tasks import Task
from imaging.models.tokens import ApiToken, Calls, Scope
from imaging.models.uploads import Upload
from imaging.models.webhooks import Webhook

__all__ = [
    "About",
    "ApiToken",
    "AuditEvent",
    "Batch",
    "Blob",
    "Branding",
    "Budget",
    "Calls",
    "Checkup",
    "Download",
    "Favourite",
    "Gallery",
    "GalleryItem",
    "GuestUpload",
    "Heartbeat",
    "Image",
    "Invitation",
    "Label",
    "MailPace",
    "Membership",
    "Mode",
    "Notice",
    "Order",
    "Period",
    "Pick",
    "PickList",
    "ProviderAccount",
    "ProviderControl",
    "Recipe",
    "Refusal",
    "Result",
    "Role",
    "Scope",
    "ShareLink",
    "ShareMode",
    "Stage",
    "State",
    "Subject",
    "Taking",
    "Tally",
    "Task",
    "TaskEvent",
    "TaskRequest",
    "Team",
    "Upload",
    "User",
    "VendorRecord",
    "Via",
    "Visibility",
    "Webhook",
    "WebhookDelivery",
]
