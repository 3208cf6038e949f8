"""Who is told, and how loudly: severity and its arithmetic."""
