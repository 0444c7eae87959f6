"""The sample plant lived through for years, with the truth beside what the product says of itself.

setting      what is lived through, and how the simulated people behave
technicians  what they do about orders, and what they write down
living       a stretch of days: the plant runs, people act on it, the product is told
naive        what training would see if every intervention counted as "nothing was there"
loop         nights and days in turn, from the first forecast to the end
witness      what the simulator knows of each night's forecasts and orders
truth        what would have happened: orders, failures and costs judged by the simulator
reported     the same questions answered by the product's own record and savings ledger
calibration  how issued risks relate to the true chance of failing
figures      both side by side: per quarter, per year, and in all
chart        the picture of it
"""
