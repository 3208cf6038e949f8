"""Workloads in processes of their own, each with its own set of libraries."""

from aright.adapters.memory_process.config import WorkbenchConfig
from aright.adapters.memory_process.in_process import CalledHere
from aright.adapters.memory_process.libraries import folders, interpreter
from aright.adapters.memory_process.process import ProcessBench, ProcessWorkbench

__all__ = ["CalledHere", "ProcessBench", "ProcessWorkbench", "WorkbenchConfig", "folders", "interpreter"]
