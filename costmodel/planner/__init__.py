"""AFD planner: size the attention and FFN pools for an SLA; report cost and the binding constraint."""
