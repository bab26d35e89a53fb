"""Judging a client that is a command: its tasks as words and variables, its bounds, its rows, its verdict."""
