"""Harbor's tag ``gc``: garbage collection, its history and its schedule."""

from __future__ import annotations

from accounts.rest.operations import FILTER, SORT, Operation, creation, listing
from jobs.gc.kind import GARBAGE_COLLECTION
from jobs.rest.jobservice import PLAIN
from jobs.upkeep.rest import HistoryShown, HistoryView, LogView, RunView, ScheduleShown, ScheduleView


class GCHistoryView(HistoryView):
    tag, chore = "gc", GARBAGE_COLLECTION
    operations = {"GET": listing("getGCHistory", HistoryShown, FILTER, SORT)}


class GCRunView(RunView):
    tag, chore, number = "gc", GARBAGE_COLLECTION, "gc_id"
    operations = {"GET": Operation("getGC", HistoryShown), "PUT": Operation("stopGC")}


class GCLogView(LogView):
    tag, chore, number = "gc", GARBAGE_COLLECTION, "gc_id"
    operations = {"GET": Operation("getGCLog", str, media_type=PLAIN)}


class GCScheduleView(ScheduleView):
    tag, chore = "gc", GARBAGE_COLLECTION
    operations = {
        "GET": Operation("getGCSchedule", ScheduleShown),
        "POST": creation("createGCSchedule"),
        "PUT": Operation("updateGCSchedule"),
    }
