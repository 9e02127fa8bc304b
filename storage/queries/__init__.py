"""Read models: flat row values for screens, commands and the scheduler."""
