"""Putting right: what to do with which parameters, and whether it helped."""

from aright.core.mitigate.offering import by_alias, offered
from aright.core.mitigate.plan import Plan, plan
from aright.core.mitigate.verify import Verification, verify

__all__ = ["Plan", "Verification", "by_alias", "offered", "plan", "verify"]
