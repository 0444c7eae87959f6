"""Schema and data migrations; `head.txt` names the newest one."""
