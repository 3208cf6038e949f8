"""The ASGI application: doors, API, pages, live events."""
