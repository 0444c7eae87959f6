"""Questions: functions that read. They take `scope=` and return frozen dataclasses or arrays."""
