"""The AFD planner: how many servers of which accelerators keep a sla, what they cost, and what stops them.

`layers` times one layer, `stages` a pipeline of them, `search` finds the best deployment, `result` is the answer.
"""
