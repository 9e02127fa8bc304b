"""Pure rules: functions of values and of `now`. No I/O, no clock, no randomness of their own."""
