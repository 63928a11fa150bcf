"""Django's backend for PostgreSQL, which looks at a kept connection without asking the server."""
