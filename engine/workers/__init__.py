"""Long-running loops, each with run()."""
