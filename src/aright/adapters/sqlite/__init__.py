"""The embedded state database under its former name."""
