"""The workspace on disk. `ledger` is the only writer of deliveries."""

from smtpdesk.store.audience import Audience
from smtpdesk.store.campaigns import CampaignRow, CampaignTable
from smtpdesk.store.errors import LeaseLost
from smtpdesk.store.leases import RunElsewhere
from smtpdesk.store.ledger import Ledger
from smtpdesk.store.list_view import ListView
from smtpdesk.store.list_writer import ListWriter
from smtpdesk.store.lists import ListTable
from smtpdesk.store.performance import PerformanceTable
from smtpdesk.store.plan_sources import RunSource
from smtpdesk.store.profiles import ProfileRow, ProfileTable
from smtpdesk.store.recovery import Recovery
from smtpdesk.store.runs import RunTable
from smtpdesk.store.settings import SettingTable
from smtpdesk.store.suppressions import SuppressionTable, suppression_target
from smtpdesk.store.workspace import Workspace

__all__ = [
    "Audience",
    "CampaignRow",
    "CampaignTable",
    "LeaseLost",
    "Ledger",
    "ListTable",
    "ListView",
    "ListWriter",
    "PerformanceTable",
    "ProfileRow",
    "ProfileTable",
    "Recovery",
    "RunElsewhere",
    "RunSource",
    "RunTable",
    "SettingTable",
    "SuppressionTable",
    "Workspace",
    "suppression_target",
]
