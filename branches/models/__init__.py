"""The organisation: the office itself, its communes, their branches, and the rules they follow."""

from branches.models.branch import Branch, BranchQuerySet, Lineage
from branches.models.commune import Commune, CommuneQuerySet
from branches.models.count import HeadCount
from branches.models.office import Office, office_zone, validate_time_zone
from branches.models.report import MistakeReport, MistakeReportQuerySet
from branches.models.threshold import Threshold

__all__ = [
    "Branch",
    "BranchQuerySet",
    "Commune",
    "CommuneQuerySet",
    "HeadCount",
    "Lineage",
    "MistakeReport",
    "MistakeReportQuerySet",
    "Office",
    "Threshold",
    "office_zone",
    "validate_time_zone",
]
