"""A relay in front of the HTTP server, which does to connections what no HTTP server does."""
