"""What `benchmarks.policy` measures.

years      a made-up year of a class: forecasts, failures, planned work
writing    the same as rows of a real database, below the ORM
naive      an order rule tried row by row, with the domain's functions only
previews   the product's previews against that, position by position
"""
