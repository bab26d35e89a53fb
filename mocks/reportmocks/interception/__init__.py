"""Running a client that has the vendors' real addresses written into it: proxy, certificates, environment."""
