"""Harbor's tag ``purge``: purging the audit record, its history and its schedule."""

from __future__ import annotations

from accounts.rest.operations import FILTER, SORT, Operation, creation, listing
from jobs.purge.kind import PURGE
from jobs.rest.jobservice import PLAIN
from jobs.upkeep.rest import HistoryShown, HistoryView, LogView, RunView, ScheduleShown, ScheduleView


class PurgeHistoryView(HistoryView):
    tag, chore = "purge", PURGE
    operations = {"GET": listing("getPurgeHistory", HistoryShown, FILTER, SORT)}


class PurgeRunView(RunView):
    tag, chore, number = "purge", PURGE, "purge_id"
    operations = {"GET": Operation("getPurgeJob", HistoryShown), "PUT": Operation("stopPurge")}


class PurgeLogView(LogView):
    tag, chore, number = "purge", PURGE, "purge_id"
    operations = {"GET": Operation("getPurgeJobLog", str, media_type=PLAIN)}


class PurgeScheduleView(ScheduleView):
    tag, chore = "purge", PURGE
    operations = {
        "GET": Operation("getPurgeSchedule", ScheduleShown),
        "POST": creation("createPurgeSchedule"),
        "PUT": Operation("updatePurgeSchedule"),
    }
