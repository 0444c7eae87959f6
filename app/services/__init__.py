"""Deeds: functions that write. They flush, never commit, never render.

Every deed takes the session first, then keywords, among them `now=` and `by=`; its audit row is
written in the same transaction.
"""
