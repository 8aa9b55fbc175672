"""What all jobs share: executions and their tasks, queues, logs, progress, stopping, trying again, schedules.

The rows are the truth. A message to the broker only wakes a worker, which then takes the next task from the database;
the scheduler wakes workers again where a message was lost, and gives tasks of killed workers to others.
"""
