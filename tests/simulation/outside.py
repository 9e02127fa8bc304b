"""What happens on LinkedIn without the program: answers at bad moments, the owner's own clicks, a lost connection."""

from __future__ import annotations

import heapq
from random import Random

from engine.provider.simulated.records import InvitationState
from engine.provider.simulated.world import World
from tests.simulation.witness import Witness

NEAR_S = 60.0


class Outside:
    """Lets things happen to the practice LinkedIn; what is planned happens at its moment."""

    def __init__(self, world: World, dice: Random, witness: Witness) -> None:
        self._world = world
        self._dice = dice
        self._witness = witness
        self._later: list[tuple[float, int, str, str]] = []
        self._number = 0

    def next_at_s(self) -> float | None:
        """Return when something planned is due."""
        return self._later[0][0] if self._later else None

    def happen(self) -> list[tuple[str, str]]:
        """Let everything happen that is due; returns what."""
        done = []
        while self._later and self._later[0][0] <= self._witness.elapsed_s():
            _, _, what, whom = heapq.heappop(self._later)
            self._carry_out(what, whom)
            done.append((what, whom))
        return done

    def act(self, name: str) -> None:
        """Do one thing, or plan it for its moment."""
        now_s = self._witness.elapsed_s()
        if name == "reply_near_send":
            self._answer_near_sends(now_s)
        elif name == "disconnect":
            self._plan(now_s, "disconnect", "CREDENTIALS")
            self._plan(now_s + self._dice.choice((600.0, 7200.0, 86_400.0)), "connect", "OK")
        elif name == "invite_by_hand":
            self._plan_for(now_s, name, [p for p in self._leads() if self._is_free(p)])
        else:
            self._plan_for(now_s, name, [p for p in self._leads() if self._world.is_connected(p)])

    def answer_somebody(self) -> None:
        """One in ten of the sends due in the next day meets an answer within a minute."""
        self._answer_near_sends(self._witness.elapsed_s(), share=0.1, most=100)

    def _answer_near_sends(self, now_s: float, *, share: float = 0.5, most: int = 2) -> None:
        due = self._witness.rows(
            """SELECT l.provider_id, e.next_ms FROM delivery d JOIN enrolment e ON e.id = d.enrolment_id
            JOIN lead l ON l.id = d.lead_id WHERE d.kind = 'message' AND d.state = 'planned'
            AND l.provider_id IS NOT NULL ORDER BY d.due_ms, d.id"""
        )
        for row in due[:most]:
            if self._dice.random() < share and row["next_ms"] is not None:
                at_s = self._witness.seconds_of(row["next_ms"]) + self._dice.uniform(-NEAR_S, NEAR_S)
                if now_s < at_s < now_s + 86_400:
                    self._plan(at_s, "reply", row["provider_id"])

    def _leads(self) -> list[str]:
        return [p.provider_id for p in self._world.state.people[: self._world.state.leads]]

    def _is_free(self, provider_id: str) -> bool:
        earlier = self._world.newest_invitation(provider_id)
        is_open = earlier is not None and earlier.state is InvitationState.PENDING
        return not is_open and not self._world.is_connected(provider_id)

    def _plan_for(self, now_s: float, what: str, people: list[str]) -> None:
        if people:
            self._plan(now_s, what, self._dice.choice(people))

    def _plan(self, at_s: float, what: str, whom: str) -> None:
        self._number += 1
        heapq.heappush(self._later, (at_s, self._number, what, whom))

    def _carry_out(self, what: str, whom: str) -> None:
        world = self._world
        if what == "reply" and world.is_connected(whom):
            world.hear_from(whom, f"Thanks for writing ({self._number}).")
        elif what == "write_by_hand" and world.is_connected(whom):
            world.write_by_hand(whom, f"A word by hand ({self._number}).")
        elif what == "invite_by_hand" and self._is_free(whom):
            world.invite_by_hand(whom)
        elif what in ("disconnect", "connect"):
            world.set_account_status(whom)
