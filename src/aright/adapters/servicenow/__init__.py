"""ServiceNow, Table API: one ticket per incident, with its state kept alike on both sides."""
