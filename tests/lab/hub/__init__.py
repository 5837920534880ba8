"""A GitHub that keeps state, for the lab and the tests; see ../GITHUB.md.

api    answers REST requests; routes is the table of them, acts what changes
state  the repository, who may do what, the limits; origin reads the git side
runs   workflow runs, their jobs, steps, deployments, and their progress
shapes, run_shapes  the JSON of each thing, as GitHub's description has it
past   the history that a new one starts with
server HTTP: conditional requests, limits, pages, the record of all requests
faults what can be made to go wrong; control the /_lab/ side
main   the command line"""
