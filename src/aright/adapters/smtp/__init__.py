"""E-mail by SMTP: pages, updates and reminders as plain letters."""
