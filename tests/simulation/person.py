"""The simulated person: works with the program as its screens and commands allow, and answers its questions truthfully.

What a command has promised (a pause, an exclusion) is written into the wishes when it has returned, not before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random

from engine.domain.practice_people import PracticePerson
from engine.errors import UserError
from engine.services.questions import Item
from engine.services.sending.goals import LOST_INVITATION
from engine.services.use_cases import Services
from tests.fakes.rig import Rig
from tests.simulation.afterwards import CANARY
from tests.simulation.editing import edited
from tests.simulation.plan import ZONES, Plan
from tests.simulation.restores import Restores
from tests.simulation.witness import Wishes, Witness

HOUR_S = 3600.0


class Person:
    """Whoever sits at this machine."""

    def __init__(
        self, rig: Rig, plan: Plan, dice: Random, wishes: Wishes, witness: Witness, late: tuple[PracticePerson, ...]
    ) -> None:
        self._rig = rig
        self._plan = plan
        self._dice = dice
        self._wishes = wishes
        self._witness = witness
        self._late = late
        self.campaigns: list[str] = []
        self.account = ""
        self.may_be_paused: set[str] = set()
        self.files = dict(enumerate(plan.campaigns))
        self.questions = self.edits = 0
        self.imported_late: bool | None = False
        """None: a kill came in between, and whether the people were stored first is for the file to say."""
        self.restores = Restores(rig, wishes, witness, self)

    @property
    def _services(self) -> Services:
        return self._rig.engine.services

    async def set_up(self) -> None:
        """Add the account and the campaigns, and start them; a person tries again until it works."""
        await self._until_done(self._add_account)
        people = self._rig.people[: len(self._rig.people) - len(self._late)]
        for number, toml in enumerate(self._plan.campaigns):
            some = people if number == 0 else people[: len(people) // 2]
            await self._until_done(lambda t=toml, p=some: self._add_campaign(t, p))

    async def _until_done(self, act: Callable[[], Awaitable[None]]) -> None:
        for _ in range(60):
            try:
                await act()
            except UserError:
                await self._rig.clock.pause(600)
            else:
                return
        raise AssertionError("a person can't get on")

    async def _add_account(self) -> None:
        self.account = await self._rig.add_account(key=CANARY, **self._plan.settings)

    async def _add_campaign(self, toml: str, people: tuple[PracticePerson, ...]) -> None:
        self.campaigns.append(await self._rig.add_campaign(toml, people=people))

    async def act(self, name: str) -> None:
        """Do one thing. Raises: whatever the program says."""
        campaign = self._dice.choice(self.campaigns)
        doing: dict[str, Callable[[], Awaitable[None]]] = {
            "pause_all": self._pause_everything,
            "pause_campaign": lambda: self._pause(campaign, "all"),
            "pause_invitations": lambda: self._pause(campaign, "invitations"),
            "pause_follow_ups": lambda: self._pause(campaign, "follow_ups"),
            "limits": self._set_limits,
            "hours": self._set_hours,
            "zone": self._set_zone,
            "import_more": lambda: self._import_more(campaign),
            "exclude": self._exclude,
            "archive": self._archive,
            "edit": lambda: self._edit(campaign),
            "back_up": self._back_up,
            "look": self.answer_questions,
        }
        await doing[name]()

    async def _pause_everything(self) -> None:
        await self._services.pausing.pause_all()
        self._wishes.everything_paused = True

    async def resume_everything(self) -> None:
        """Let everything go on that was paused."""
        self._wishes.everything_paused = False
        await self._services.pausing.resume_all()
        for campaign in sorted(self.may_be_paused):
            self._wishes.paused.pop(campaign, None)
            if self._can_resume(campaign):
                await self._services.pausing.resume_campaign(campaign)
            self.may_be_paused.discard(campaign)

    def _can_resume(self, campaign: str) -> bool:
        (row,) = self._witness.rows("SELECT state FROM campaign WHERE name = ?", campaign)
        return row["state"] in ("running", "paused")

    async def _pause(self, campaign: str, what: str) -> None:
        if campaign in self._wishes.archived:
            return
        self.may_be_paused.add(campaign)
        await self._services.pausing.pause_campaign(campaign, what)
        self._wishes.paused[campaign] = what

    async def _set_limits(self) -> None:
        dice = self._dice
        limits = {
            "invites_per_day": str(dice.choice((0, 3, 15, 40))),
            "messages_per_day": str(dice.choice((2, 10, 60))),
            "invites_per_week": str(dice.choice((10, 80, 150))),
        }
        await self._services.accounts.set(self.account, limits)

    async def _set_hours(self) -> None:
        start, end = self._dice.choice((("09:00", "17:00"), ("08:00", "12:00"), ("00:00", "24:00"), ("15:00", "21:30")))
        await self._services.accounts.set(self.account, {"hours.start": start, "hours.end": end})

    async def _set_zone(self) -> None:
        await self._services.accounts.set(self.account, {"time_zone": self._dice.choice(ZONES)})

    async def _import_more(self, campaign: str) -> None:
        """Import the list again, with people who weren't in it before."""
        if campaign in self._wishes.archived or not self._late:
            return
        self.imported_late = self.imported_late or None
        await self._services.leads.import_file(self._rig.lead_list(self._rig.people), campaign)
        self.imported_late = True

    async def _exclude(self) -> None:
        person = self._dice.choice(self._rig.people)
        found = self._witness.rows("SELECT id FROM lead WHERE provider_id = ?", person.provider_id)
        if found:
            await self._services.leads.exclude(str(found[0]["id"]), "not a fit")
            ended = self._witness.rows("SELECT id FROM enrolment WHERE lead_id = ?", found[0]["id"])
            self._wishes.excluded.update(row["id"] for row in ended)

    async def _archive(self) -> None:
        if len(self.campaigns) < 2 or self._wishes.archived:
            return
        name = self.campaigns[-1]
        await self._services.archiving.archive(name)
        self._wishes.archived.add(name)
        self._wishes.paused.pop(name, None)

    async def _edit(self, campaign: str) -> None:
        """Change the sequence of a campaign for everybody in it, or for new people only."""
        number, self.edits = self.campaigns.index(campaign), self.edits + 1
        toml = edited(self.files[number], self._dice, self.edits)
        await self._services.sequence_changes.edit(campaign, toml, for_new_only=self._dice.random() < 0.25)
        self.files[number] = toml

    async def _back_up(self) -> None:
        await self.restores.take()

    async def put_limits_back(self) -> None:
        """Set limits that let everything end."""
        await self._services.accounts.set(self.account, {**self._plan.settings, "invites_per_day": "25"})

    async def answer_questions(self) -> None:
        """Answer everything that waits, by what is true on LinkedIn."""
        for item in await self._services.attention.list():
            choice = self._choice(item)
            if item.id[0] == "d" and choice == "send_again":
                self._wishes.sent_again.add(int(item.id[1:]))
            try:
                await self._services.attention.resolve(item.id, choice)
            except UserError:
                continue
            self.questions += 1

    def _choice(self, item: Item) -> str:
        if item.id[0] in "hr":
            return "go_on"
        luck = self._dice.random()
        if item.id[0] == "d":
            if self._witness.has_happened(int(item.id[1:])):
                return "sent"
            return "send_again" if luck < 0.7 else "skip" if luck < 0.85 else "stop"
        if item.id[0] == "a":
            return "approve" if luck < 0.8 else "skip" if luck < 0.9 else "stop"
        if item.question.startswith(LOST_INVITATION):
            return "stop" if self._witness.was_invited(item.lead_id) else "send_again"
        if "the same text" in item.question or "send_again" not in item.choices:
            return "skip" if luck < 0.5 else "stop"
        return "send_again" if luck < 0.4 else "skip" if luck < 0.7 else "stop"
