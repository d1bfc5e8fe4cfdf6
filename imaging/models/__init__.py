"""Everything that is kept in the database."""

from imaging.models.accounts import ProviderAccount
from imaging.models.batches import Batch, Tally, Via
from imaging.models.blobs import Blob
from imaging.models.costs import Budget
from imaging.models.events import AuditEvent
from imaging.models.galleries import Download
from imaging.models.images import Image, Label
from imaging.models.orders import Order, Refusal
from imaging.models.people import Invitation, Membership, Role, Team, User
from imaging.models.recipes import Recipe
from imaging.models.records import VendorRecord
from imaging.models.results import Result, TaskEvent
from imaging.models.states import Stage, State
from imaging.models.subjects import Subject
from imaging.models.tasks import Task
from imaging.models.tokens import ApiToken, Calls, Scope
from imaging.models.uploads import Upload

__all__ = [
    "ApiToken",
    "AuditEvent",
    "Batch",
    "Blob",
    "Budget",
    "Calls",
    "Download",
    "Image",
    "Invitation",
    "Label",
    "Membership",
    "Order",
    "ProviderAccount",
    "Recipe",
    "Refusal",
    "Result",
    "Role",
    "Scope",
    "Stage",
    "State",
    "Subject",
    "Tally",
    "Task",
    "TaskEvent",
    "Team",
    "Upload",
    "User",
    "VendorRecord",
    "Via",
]
