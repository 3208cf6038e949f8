"""PagerDuty, Events API v2: pages go out as events under a stable key."""
