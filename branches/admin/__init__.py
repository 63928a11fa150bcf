"""The organisation in the back office."""

from branches.admin.branch import BranchAdmin
from branches.admin.commune import CommuneAdmin
from branches.admin.office import OfficeAdmin, ThresholdAdmin
from branches.admin.report import MistakeReportAdmin

__all__ = ["BranchAdmin", "CommuneAdmin", "MistakeReportAdmin", "OfficeAdmin", "ThresholdAdmin"]
