"""Changes of a campaign file that a person may make while the campaign runs: other words, other waits, one step more
or less at its end. Pure: text and dice in, text out."""

from __future__ import annotations

import re
from random import Random

STEP = "[[steps]]"
WAITS = ("0m", "45m", "5h", "1d", "2d", "1wd", "3wd")
MOST_STEPS = 7


def edited(toml: str, dice: Random, number: int) -> str:
    """Return the file with one change; `number` makes its words new."""
    head, *steps = toml.split(STEP)
    messages = [i for i, step in enumerate(steps) if 'kind = "message"' in step]
    kind = dice.choice(("words", "wait", "more", "fewer"))
    place = dice.choice(messages)
    if kind == "more" and len(steps) < MOST_STEPS:
        steps.append(
            f'\nkind = "message"\nwait = "{dice.choice(WAITS)}"\ntext = "One more word, number {number}, '
            "{{ first_name | default: 'friend' }}.\"\n"
        )
    elif kind == "fewer" and len(messages) > 1 and messages[-1] == len(steps) - 1:
        steps.pop()
    elif kind == "wait":
        steps[place] = re.sub(r'wait = "\w+"', f'wait = "{dice.choice(WAITS)}"', steps[place])
    else:
        steps[place] = re.sub(r'text = "', f'text = "Version {number}. ', steps[place])
    return STEP.join([head, *steps])
