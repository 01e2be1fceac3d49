"""What invokes functions of its own accord: queues, streams, schedules."""
