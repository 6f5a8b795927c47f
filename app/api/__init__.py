"""The HTTP API: one table of operations, from which the routes and the OpenAPI document follow."""
