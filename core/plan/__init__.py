"""Planning: a dataset and its parameters become one frozen plan."""

from .make import Machine, make_plan
from .plan import ColumnPlan, ForeignKey, OutputPlan, Part, Plan, TablePlan, WorkPlan

__all__ = ["ColumnPlan", "ForeignKey", "Machine", "OutputPlan", "Part", "Plan", "TablePlan", "WorkPlan", "make_plan"]
