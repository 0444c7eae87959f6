"""Forewarn, the maintenance application: readings in, orders out, findings back.

The map of this house (`docs/architecture.md` has the long form)::

    cli       door: the `forewarn` command; starts the other doors
    factory   composition root: Settings -> Database -> Flask
    web api jobs ingest    doors: HTML, JSON, the clock, streams
    context   what a door asks of the running app
    config    Settings, read once
    services  deeds: functions that write
    queries   questions: functions that read
    db        tables            inputs   what may be asked
    domain    rules: standard library only

Every area bears the same word on every floor.
"""
